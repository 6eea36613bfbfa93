namespace FlexSc.Interop.Calls;

/// <summary>One name in a directory.</summary>
/// <param name="Name">Without the directory.</param>
/// <param name="Kind">What it is; <see cref="FileKind.Unknown"/> where the file system does not tell without a stat.</param>
/// <param name="Inode">Number of its inode.</param>
/// <param name="IsNameExact">False when the name is not UTF-8, so that <paramref name="Name"/> has replacement characters and opens nothing.</param>
public readonly record struct DirectoryEntry(string Name, FileKind Kind, ulong Inode, bool IsNameExact);
