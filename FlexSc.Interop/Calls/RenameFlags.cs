namespace FlexSc.Interop.Calls;

/// <summary>How a rename treats what has the new name, see renameat2(2).</summary>
[Flags]
public enum RenameFlags
{
    /// <summary>Replaces it, in one step.</summary>
    None = 0,

    /// <summary>RENAME_NOREPLACE: fails with EEXIST.</summary>
    NoReplace = 1,

    /// <summary>RENAME_EXCHANGE: the two change places.</summary>
    Exchange = 2,
}
