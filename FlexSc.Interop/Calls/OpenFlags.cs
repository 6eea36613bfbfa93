namespace FlexSc.Interop.Calls;

/// <summary>How a file is opened, see open(2). Values are those of x86-64; the calls make them the machine's. O_CLOEXEC is always added.</summary>
[Flags]
public enum OpenFlags
{
    /// <summary>O_RDONLY.</summary>
    ReadOnly = 0,

    /// <summary>O_WRONLY.</summary>
    WriteOnly = 0x1,

    /// <summary>O_RDWR.</summary>
    ReadWrite = 0x2,

    /// <summary>O_CREAT: makes the file when it is not there.</summary>
    Create = 0x40,

    /// <summary>O_EXCL: with <see cref="Create"/>, fails with EEXIST when the file is there.</summary>
    Exclusive = 0x80,

    /// <summary>O_NOCTTY: a terminal that is opened does not become the process's own.</summary>
    NoControllingTerminal = 0x100,

    /// <summary>O_TRUNC: cuts the file to length 0.</summary>
    Truncate = 0x200,

    /// <summary>O_APPEND: each write goes to the end, whatever its offset.</summary>
    Append = 0x400,

    /// <summary>O_NONBLOCK: opening a FIFO does not wait for the other end.</summary>
    NonBlocking = 0x800,

    /// <summary>O_DSYNC: a write is over when its data is on the disk.</summary>
    DataSync = 0x1000,

    /// <summary>O_DIRECT: past the page cache; buffer, offset and length must be aligned.</summary>
    Direct = 0x4000,

    /// <summary>O_DIRECTORY: fails with ENOTDIR when it is none.</summary>
    Directory = 0x1_0000,

    /// <summary>O_NOFOLLOW: fails with ELOOP when the last part is a symbolic link.</summary>
    NoFollow = 0x2_0000,

    /// <summary>O_PATH: only names the file; it can be neither read nor written.</summary>
    PathOnly = 0x20_0000,
}
