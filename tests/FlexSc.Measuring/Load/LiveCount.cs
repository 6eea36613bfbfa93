using System.IO.MemoryMappedFiles;

namespace FlexSc.Measuring.Load;

/// <summary>
/// A number in a file that one process writes while another reads it: the count of a generator under way, at the price of a
/// store. One writer.
/// </summary>
internal sealed class LiveCount : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private LiveCount(MemoryMappedFile file)
    {
        _file = file;
        _view = file.CreateViewAccessor(0, sizeof(long));
    }

    public long Value
    {
        get => _view.ReadInt64(0);
        set => _view.Write(0, value);
    }

    /// <summary>Makes the file, with a count of 0.</summary>
    public static LiveCount Create(string file) =>
        new(MemoryMappedFile.CreateFromFile(file, FileMode.CreateNew, mapName: null, sizeof(long)));

    /// <summary>Opens the file that the other process has made.</summary>
    public static LiveCount Open(string file) => new(MemoryMappedFile.CreateFromFile(file, FileMode.Open));

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
