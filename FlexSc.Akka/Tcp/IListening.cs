using System.Net;

namespace FlexSc.Akka.IO;

/// <summary>What a Bind opened. From any thread.</summary>
internal interface IListening
{
    /// <summary>The address it is bound to.</summary>
    EndPoint LocalAddress { get; }

    /// <summary>Stops accepting and closes; again answers the same.</summary>
    Task<bool> CloseAsync();

    /// <summary>More connections are asked for, or none any more.</summary>
    void OnDemandChanged();
}
