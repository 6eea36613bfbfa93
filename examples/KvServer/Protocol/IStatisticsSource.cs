namespace FlexSc.Examples.KvServer.Protocol;

/// <summary>What a session needs of the server it belongs to, to answer <c>stats</c> and <c>version</c>.</summary>
internal interface IStatisticsSource
{
    /// <summary>Text behind VERSION.</summary>
    ReadOnlySpan<byte> Version { get; }

    void WriteGeneral(ref ReplyWriter writer);

    void WriteSettings(ref ReplyWriter writer);

    void Reset();
}
