namespace FlexSc.Examples.KvServer.Store;

/// <summary>What became of an increment or decrement.</summary>
internal enum ArithmeticOutcome
{
    Changed,
    NotFound,
    NotNumeric,

    /// <summary>Its unique is not the expected one.</summary>
    Exists,
    OutOfMemory,
}

/// <summary>An increment or decrement without its key.</summary>
/// <param name="Increments">Whether it adds; a sum wraps at 2^64, a difference stops at 0.</param>
/// <param name="Delta">By how much.</param>
internal readonly record struct ArithmeticRequest(bool Increments, ulong Delta)
{
    /// <summary>The unique the item must still have; 0 for any.</summary>
    public ulong Cas { get; init; }

    /// <summary>The unique that the changed item gets; 0 for the next of the store's own.</summary>
    public ulong NewCas { get; init; }
}
