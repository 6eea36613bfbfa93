using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class CallSamplesTests : IDisposable
{
    private const int Interval = 16;

    private readonly SyscallPageSet _pages = new(pages: 1);
    private readonly ManualClock _clock = new();
    private readonly CallSamples _samples;

    public CallSamplesTests() => _samples = new CallSamples(_pages, _clock) { IsOn = true };

    public void Dispose() => _pages.Dispose();

    [Fact]
    public void One_in_several_is_timed_from_its_submission_to_its_end()
    {
        for (int i = 0; i < Interval - 1; i++)
        {
            Submit(0, SyscallNumber.SendTo);
        }

        Submit(1, SyscallNumber.SendTo);
        _clock.Advance(us: 2_000);
        _samples.OnEnded(0);
        Assert.Equal(0, _samples.Times.Count);
        _clock.Advance(us: 3_000);
        _samples.OnEnded(1);
        Assert.Equal(new CallTimes(1, TimeSpan.FromMilliseconds(5)), _samples.Times);

        // Nobody asks for its next use.
        Submit(1, SyscallNumber.SendTo);
        _samples.OnEnded(1);
        Assert.Equal(1, _samples.Times.Count);
    }

    [Fact]
    public void Calls_that_wait_for_a_peer_are_passed_over()
    {
        for (int i = 0; i < Interval * 10; i++)
        {
            Submit(0, SyscallNumber.RecvFrom);
            _samples.OnEnded(0);
            Submit(1, SyscallNumber.Accept4, EntryFlags.Multishot);
            _samples.OnEnded(1);
            Submit(2, SyscallNumber.Connect);
            _samples.OnEnded(2);
        }

        Assert.Equal(0, _samples.Times.Count);
        Submit(3, SyscallNumber.SendTo);
        _samples.OnEnded(3);
        Assert.Equal(1, _samples.Times.Count);
    }

    [Fact]
    public void A_send_that_waits_after_all_does_not_end_the_sampling()
    {
        int submissions = 0;
        for (; submissions < Interval; submissions++)
        {
            Submit(0, SyscallNumber.SendTo);
        }

        // The last of those never completes.
        while (_samples.Times.Count == 0 && submissions < 100_000)
        {
            Submit(1, SyscallNumber.SendTo);
            _samples.OnEnded(1);
            submissions++;
        }

        Assert.Equal(1, _samples.Times.Count);
        _samples.OnEnded(0);
        Assert.Equal(1, _samples.Times.Count);
    }

    [Fact]
    public void Nothing_is_timed_while_nobody_asks()
    {
        _samples.IsOn = false;
        for (int i = 0; i < Interval * 10; i++)
        {
            Submit(0, SyscallNumber.SendTo);
            _samples.OnEnded(0);
        }

        Assert.Equal(0, _samples.Times.Count);
    }

    private void Submit(uint index, int number, EntryFlags flags = EntryFlags.None)
    {
        _pages[index] = new SyscallEntry { Number = (ushort)number, Flags = flags };
        _samples.OnPublished(index);
    }
}
