namespace FlexSc.Examples.KvServer.Protocol;

/// <summary>What a session needs of the server it belongs to, to answer <c>stats</c> and <c>version</c>.</summary>
internal interface IStatisticsSource
{
    /// <summary>Text behind VERSION.</summary>
    ReadOnlySpan<byte> Version { get; }

    /// <summary>Writes a group of statistics and the line that ends it. False, and nothing written, for one that there is not.</summary>
    /// <param name="group">Its name; empty for the general ones.</param>
    /// <param name="asking">Who asks.</param>
    /// <param name="writer">Takes the reply.</param>
    bool TryWrite(ReadOnlySpan<byte> group, KvSession asking, ref ReplyWriter writer);

    void Reset();
}
