namespace FlexSc.Interop.Calls;

/// <summary>What a file is. The values are the bits S_IFMT of a mode, shifted right by 12, which are also those of d_type in getdents64(2).</summary>
public enum FileKind : byte
{
    /// <summary>The file system does not tell.</summary>
    Unknown = 0,

    /// <summary>FIFO, a named pipe.</summary>
    Pipe = 1,

    /// <summary>Character device.</summary>
    CharacterDevice = 2,

    /// <summary>Directory.</summary>
    Directory = 4,

    /// <summary>Block device.</summary>
    BlockDevice = 6,

    /// <summary>Regular file.</summary>
    RegularFile = 8,

    /// <summary>Symbolic link.</summary>
    SymbolicLink = 10,

    /// <summary>Socket of the Unix domain.</summary>
    Socket = 12,
}
