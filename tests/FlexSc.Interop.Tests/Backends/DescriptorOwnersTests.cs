using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

public sealed class DescriptorOwnersTests : IDisposable
{
    private const long ErrnoBadDescriptor = 9;

    private readonly SyscallPageSet _pages = new(1);
    private readonly ProvidedBuffers _buffers = new(null!, count: 1, bufferBytes: 4096);
    private readonly DescriptorTable _descriptors = new(startReadable: false, static _ => 0);
    private readonly CompletionQueue _completions;
    private readonly PendingCalls _calls;
    private readonly List<int> _cancelledOn = [];
    private readonly DescriptorOwners _owners;

    public DescriptorOwnersTests()
    {
        _completions = new CompletionQueue(_pages.EntryCount, multishotLimit: 1);
        _calls = new PendingCalls(_pages, new EntryTokens(_pages.EntryCount), _buffers, _completions);
        _owners = new DescriptorOwners(_descriptors, _calls, descriptor => _cancelledOn.Add(descriptor.FileDescriptor));
    }

    public void Dispose()
    {
        _buffers.Free();
        _pages.Dispose();
    }

    [Theory]
    [InlineData(3, 7, 0)] // close(7)
    [InlineData(33, 1, 7)] // dup2(1, 7)
    [InlineData(292, 1, 7)] // dup3(1, 7)
    [InlineData(436, 7, 7)] // close_range(7, 7)
    public void A_call_that_ends_a_descriptor_waits_for_the_calls_in_flight_on_it(int number, long argument0, long argument1)
    {
        Descriptor descriptor = Open(7, callsInFlight: 2);
        int index = Submit(number, argument0, argument1);
        Assert.False(_owners.TryStartClose(index, DescriptorRange.EndedBy(_calls[index].Entry)));
        Assert.Equal([7], _cancelledOn);

        descriptor.CallsInFlight--;
        Assert.False(_owners.TryFinishClose(descriptor, out _));
        descriptor.CallsInFlight--;
        Assert.True(_owners.TryFinishClose(descriptor, out int closing));
        Assert.Equal(index, closing);
        Assert.True(_completions.IsEmpty);
    }

    [Fact]
    public void A_range_waits_for_the_last_of_its_descriptors()
    {
        Descriptor first = Open(5, callsInFlight: 1);
        Open(6, callsInFlight: 0);
        Descriptor last = Open(9, callsInFlight: 1);
        Open(10, callsInFlight: 1);
        int index = Submit(436, 5, 9);
        Assert.False(_owners.TryStartClose(index, DescriptorRange.EndedBy(_calls[index].Entry)));
        Assert.Equal([5, 6, 9], _cancelledOn);

        last.CallsInFlight--;
        Assert.False(_owners.TryFinishClose(last, out _));
        first.CallsInFlight--;
        Assert.True(_owners.TryFinishClose(first, out _));
    }

    [Fact]
    public void A_second_close_of_a_descriptor_is_refused()
    {
        Open(7, callsInFlight: 1);
        int index = Submit(SyscallNumber.Close, 7, 0);
        Assert.False(_owners.TryStartClose(index, DescriptorRange.EndedBy(_calls[index].Entry)));
        int second = Submit(SyscallNumber.Close, 7, 0);
        Assert.False(_owners.TryStartClose(second, DescriptorRange.EndedBy(_calls[second].Entry)));
        Assert.True(_completions.TryTake(out Completion taken));
        Assert.Equal(-ErrnoBadDescriptor, taken.Result);
        Assert.False(_completions.TryTake(out _));
    }

    [Theory]
    [InlineData(33, 7, 7, 0)] // dup2 of a descriptor to itself changes nothing
    [InlineData(436, 7, 7, 4)] // close_range that only sets FD_CLOEXEC
    [InlineData(436, 9, 7, 0)] // close_range that the kernel refuses
    [InlineData(32, 7, 0, 0)] // dup
    public void Calls_that_end_no_descriptor_are_told_apart(int number, long argument0, long argument1, long argument2) =>
        Assert.True(DescriptorRange.EndedBy(_calls[Submit(number, argument0, argument1, argument2)].Entry).IsEmpty);

    private Descriptor Open(int number, int callsInFlight)
    {
        Assert.True(_descriptors.TryGet(number, out Descriptor descriptor, out _));
        descriptor.CallsInFlight = callsInFlight;
        return descriptor;
    }

    private int Submit(int number, long argument0, long argument1, long argument2 = 0)
    {
        Assert.True(_pages.TryAllocate(out uint allocated));
        ref SyscallEntry entry = ref _pages[allocated];
        entry.Number = (ushort)number;
        entry.Argument0 = argument0;
        entry.Argument1 = argument1;
        entry.Argument2 = argument2;
        _pages.Publish(allocated);
        Assert.True(_calls.TryTake(out int index));
        Assert.Equal((int)allocated, index);
        return index;
    }
}
