namespace FlexSc.Interop.Backends.Readiness;

/// <summary>What a backend knows of descriptors, by number. Grows to the highest number in use, which RLIMIT_NOFILE bounds.</summary>
/// <param name="startReadable">A first receive on a descriptor is worth an attempt.</param>
/// <param name="findOpen">Tells whether a number is open: 0 or a negative errno.</param>
internal sealed class DescriptorTable(bool startReadable, Func<int, long> findOpen)
{
    private const int InitialLength = 256;

    private Descriptor?[] _descriptors = new Descriptor?[InitialLength];

    /// <summary>The state of a number, or null when it has none.</summary>
    public Descriptor? Find(int fileDescriptor) => (uint)fileDescriptor < (uint)_descriptors.Length ? _descriptors[fileDescriptor] : null;

    /// <summary>The state of a number, made when there is none.</summary>
    /// <returns>False when the number cannot be open; <paramref name="error"/> is the negative errno then.</returns>
    public bool TryGet(int fileDescriptor, out Descriptor descriptor, out long error)
    {
        error = 0;
        if ((uint)fileDescriptor >= (uint)_descriptors.Length)
        {
            // The number may be anything: only one that is open may make the table grow.
            error = findOpen(fileDescriptor);
            if (error < 0)
            {
                descriptor = null!;
                return false;
            }

            Array.Resize(ref _descriptors, Math.Max(_descriptors.Length * 2, fileDescriptor + 1));
        }

        descriptor = _descriptors[fileDescriptor] ??= new Descriptor(fileDescriptor, startReadable);
        return true;
    }

    /// <summary>The states of the numbers in a range that have one.</summary>
    public Enumerator In(in DescriptorRange range) => new(this, range);

    public struct Enumerator(DescriptorTable table, DescriptorRange range)
    {
        private long _next = range.First;

        public Descriptor Current { get; private set; } = null!;

        public readonly Enumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_next <= range.Last && _next < table._descriptors.Length)
            {
                if (table._descriptors[_next++] is { } descriptor)
                {
                    Current = descriptor;
                    return true;
                }
            }

            return false;
        }
    }
}
