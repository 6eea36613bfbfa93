namespace FlexSc.Examples.KvServer.Store;

/// <summary>The storage commands of the protocol.</summary>
internal enum StoreMode
{
    Set,
    Add,
    Replace,
    Append,
    Prepend,
    Cas,
}

/// <summary>What became of a storage command.</summary>
internal enum StoreOutcome
{
    Stored,
    NotStored,
    Exists,
    NotFound,
    TooLarge,
    OutOfMemory,
}

/// <summary>What became of an increment or decrement.</summary>
internal enum ArithmeticOutcome
{
    Changed,
    NotFound,
    NotNumeric,
    OutOfMemory,
}

/// <summary>A storage command without its key and value.</summary>
/// <param name="Mode">The command.</param>
/// <param name="Flags">The client's flags.</param>
/// <param name="ExpiresAt">Second of <see cref="KvClock"/>; 0 means never.</param>
/// <param name="Cas">The unique the item must still have; only for <see cref="StoreMode.Cas"/>.</param>
internal readonly record struct StoreRequest(StoreMode Mode, uint Flags, uint ExpiresAt, ulong Cas);
