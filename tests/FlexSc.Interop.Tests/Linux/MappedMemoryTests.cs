using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Interop.Tests.Linux;

public sealed unsafe class MappedMemoryTests
{
    private const long ManyBytes = 64 * 1024 * 1024;

    [Fact]
    public void Memory_goes_back_to_the_system_when_disposed()
    {
        long before = ResidentBytes();
        using (MappedMemory memory = new(ManyBytes))
        {
            new Span<byte>(memory.Address, (int)memory.Bytes).Fill(1);
            Assert.InRange(ResidentBytes() - before, ManyBytes / 2, long.MaxValue);
        }

        Assert.InRange(ResidentBytes() - before, long.MinValue, ManyBytes / 2);
    }

    [Fact]
    public void Discarded_pages_read_as_zero_and_their_neighbours_stay()
    {
        int page = Environment.SystemPageSize;
        using MappedMemory memory = new(3 * page);
        new Span<byte>(memory.Address, (int)memory.Bytes).Fill(7);

        // From within the first page to within the last: only the one between lies wholly in the range.
        memory.Discard(1, (3 * page) - 2);
        Assert.Equal(7, memory.Address[page - 1]);
        Assert.Equal(0, memory.Address[page]);
        Assert.Equal(0, memory.Address[(2 * page) - 1]);
        Assert.Equal(7, memory.Address[2 * page]);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Discard(0, (3 * page) + 1));
    }

    [Fact]
    public void Sizes_are_whole_pages_and_a_second_dispose_does_nothing()
    {
        MappedMemory memory = new(1);
        Assert.Equal(Environment.SystemPageSize, memory.Bytes);
        memory.Dispose();
        memory.Dispose();
        Assert.True(memory.Address == null);
        Assert.Throws<ObjectDisposedException>(() => memory.Discard(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MappedMemory(0));
    }

    private static long ResidentBytes()
    {
        string line = File.ReadLines("/proc/self/status").First(static text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }
}
