namespace FlexSc.Examples.KvServer.Store;

/// <summary>The storage commands of the protocol.</summary>
internal enum StoreMode : byte
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

/// <summary>What only a meta command may ask of a store.</summary>
[Flags]
internal enum StoreOptions : byte
{
    None = 0,

    /// <summary>The key came in base64.</summary>
    KeyIsBinary = 1,

    /// <summary>With <see cref="StoreMode.Cas"/> and an older unique: the value is stored all the same, as stale.</summary>
    OlderIsStale = 2,

    /// <summary>Append and prepend store what they were given where there is no item.</summary>
    CreatesOnMiss = 4,
}

/// <summary>A storage command without its key and value.</summary>
/// <param name="Mode">The command.</param>
/// <param name="Flags">The client's flags.</param>
/// <param name="ExpiresAt">Second of <see cref="KvClock"/>; 0 means never.</param>
/// <param name="Cas">
/// The unique the item must still have, for <see cref="StoreMode.Cas"/>; for append and prepend the same, unless it is 0.
/// </param>
internal readonly record struct StoreRequest(StoreMode Mode, uint Flags, uint ExpiresAt, ulong Cas)
{
    /// <summary>The unique that the stored item gets; 0 for the next of the store's own.</summary>
    public ulong NewCas { get; init; }

    public StoreOptions Options { get; init; }

    public bool Has(StoreOptions option) => (Options & option) != 0;
}

/// <summary>What became of a storage command.</summary>
/// <param name="Outcome">Whether it was stored; if not, why.</param>
/// <param name="Cas">The unique of what was stored; 0 where nothing was.</param>
/// <param name="ValueBytes">Length of the value that is there now; 0 where nothing was stored.</param>
internal readonly record struct StoreResult(StoreOutcome Outcome, ulong Cas, int ValueBytes)
{
    public static implicit operator StoreResult(StoreOutcome refused) => new(refused, 0, 0);
}
