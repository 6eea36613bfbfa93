using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class WakeSpinTests
{
    private const int SpinUs = 20;

    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(SpinUs, 79, true, true)]
    [InlineData(SpinUs, 80, true, false)]
    [InlineData(SpinUs, 10, false, false)]
    [InlineData(0, 0, true, false)]
    public void Only_a_park_that_another_thread_ended_soon_makes_it_worthwhile(int spinUs, int parkUs, bool byOtherThread, bool worthwhile)
    {
        WakeSpin spin = new(spinUs, _clock);
        Assert.False(spin.IsWorthwhile);
        Park(spin, parkUs, byOtherThread);
        Assert.Equal(worthwhile, spin.IsWorthwhile);
    }

    [Fact]
    public void It_ends_after_some_failures()
    {
        WakeSpin spin = new(SpinUs, _clock);
        Park(spin, us: 1, byOtherThread: true);
        for (int failure = 0; failure < 4; failure++)
        {
            Assert.True(spin.IsWorthwhile);
            Assert.False(spin.Run(Nothing, IsToldByOther));
        }

        Assert.False(spin.IsWorthwhile);
    }

    [Fact]
    public void Success_earns_more_of_it_up_to_a_bound()
    {
        WakeSpin spin = new(SpinUs, _clock);
        Park(spin, us: 1, byOtherThread: true);
        for (int success = 0; success < 1_000; success++)
        {
            Assert.True(spin.Run(static () => true, IsToldByOther));
        }

        int failures = 0;
        for (; spin.IsWorthwhile; failures++)
        {
            Assert.False(spin.Run(Nothing, IsToldByOther));
        }

        Assert.Equal(32, failures);
    }

    [Fact]
    public void What_the_kernel_brings_earns_none_of_it()
    {
        WakeSpin spin = new(SpinUs, _clock);
        Park(spin, us: 1, byOtherThread: true);
        for (int completion = 0; completion < 4; completion++)
        {
            Assert.True(spin.IsWorthwhile);
            Assert.True(spin.Run(static () => true, static () => false));
        }

        Assert.False(spin.IsWorthwhile);
    }

    [Fact]
    public void Requests_in_turn_with_answers_that_are_told_keep_it_up()
    {
        WakeSpin spin = new(SpinUs, _clock);
        Park(spin, us: 1, byOtherThread: true);
        for (int request = 0; request < 1_000; request++)
        {
            Assert.True(spin.Run(static () => true, static () => false));
            Assert.True(spin.Run(static () => true, IsToldByOther));
        }

        Assert.True(spin.IsWorthwhile);
    }

    [Fact]
    public void It_looks_no_longer_than_it_may()
    {
        WakeSpin spin = new(SpinUs, _clock);
        Park(spin, us: 1, byOtherThread: true);
        long start = _clock.GetTimestamp();
        Assert.False(spin.Run(Nothing, IsToldByOther));

        // The clock is read after each sixteen looks, a microsecond each here.
        Assert.InRange(_clock.GetTimestamp() - start, SpinUs, SpinUs + 16);
    }

    private static bool IsToldByOther() => true;

    private bool Nothing()
    {
        _clock.Advance(1);
        return false;
    }

    private void Park(WakeSpin spin, int us, bool byOtherThread)
    {
        spin.OnPark();
        _clock.Advance(us);
        spin.OnUnparked(byOtherThread);
    }
}
