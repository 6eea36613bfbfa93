using FlexSc.LoadTests.Scenarios.Model;
using Xunit;

namespace FlexSc.LoadTests.Tests;

public sealed class LoadProfileTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_held_rate_spaces_its_arrivals_evenly()
    {
        TimeSpan[] arrivals = [.. new LoadProfile(LoadPhase.HoldRate(100, Second * 2)).Arrivals()];

        Assert.Equal(200, arrivals.Length);
        Assert.Equal(TimeSpan.Zero, arrivals[0]);
        Assert.All(arrivals.Zip(arrivals.Skip(1)), pair => Assert.Equal(10, (pair.Second - pair.First).TotalMilliseconds, 3));
    }

    [Fact]
    public void A_rising_rate_has_as_many_arrivals_as_the_area_below_its_line()
    {
        TimeSpan[] arrivals = [.. new LoadProfile(LoadPhase.RampRate(100, Second * 2)).Arrivals()];

        // From 0 to 100/s over 2 s: 100 arrivals, of which a quarter come in the first half; the k-th at sqrt(k / 25).
        Assert.Equal(100, arrivals.Length);
        Assert.Equal(25, arrivals.Count(arrival => arrival < Second));
        Assert.Equal(Math.Sqrt(49 / 25.0), arrivals[49].TotalSeconds, 6);
    }

    [Fact]
    public void Phases_follow_each_other_without_a_gap_or_a_double()
    {
        TimeSpan[] arrivals =
        [
            .. new LoadProfile(LoadPhase.RampRate(200, Second), LoadPhase.HoldRate(200, Second), LoadPhase.RampRate(0, Second)).Arrivals(),
        ];

        Assert.Equal(400, arrivals.Length);
        Assert.Equal(100, arrivals.Count(arrival => arrival < Second));
        Assert.Equal(200, arrivals.Count(arrival => arrival >= Second && arrival < Second * 2));
        Assert.All(arrivals.Zip(arrivals.Skip(1)), pair => Assert.True(pair.Second >= pair.First));
        Assert.All(arrivals, arrival => Assert.True(arrival <= Second * 3));
    }

    [Fact]
    public void A_rate_that_does_not_fill_its_time_leaves_the_rest_to_the_next_phase()
    {
        TimeSpan[] arrivals = [.. new LoadProfile(LoadPhase.HoldRate(1, Second / 2), LoadPhase.HoldRate(1, Second / 2)).Arrivals()];

        Assert.Equal(TimeSpan.Zero, Assert.Single(arrivals));
    }

    [Fact]
    public void Users_come_and_leave_in_a_straight_line()
    {
        LoadProfile profile = new(LoadPhase.RampUsers(10, Second), LoadPhase.HoldUsers(10, Second), LoadPhase.RampUsers(0, Second));

        Assert.Equal(0, profile.UsersAt(TimeSpan.FromSeconds(-1)));
        Assert.Equal(5, profile.UsersAt(Second / 2));
        Assert.Equal(10, profile.UsersAt(Second));
        Assert.Equal(10, profile.UsersAt(Second * 1.9));
        Assert.Equal(5, profile.UsersAt(Second * 2.5));
        Assert.Equal(0, profile.UsersAt(Second * 3));
    }

    [Fact]
    public void Fitting_keeps_the_shape()
    {
        LoadProfile profile = new LoadProfile(LoadPhase.RampRate(100, Second), LoadPhase.HoldRate(100, Second * 3)).Fit(Second * 40, 0.1);

        Assert.Equal(Second * 40, profile.Duration);
        Assert.Equal(Second * 10, profile.Phases[0].During);
        Assert.All(profile.Phases, phase => Assert.Equal(10, phase.Level));
        Assert.Equal(1, new LoadProfile(LoadPhase.HoldUsers(4, Second)).Fit(Second, 0.01).Peak);
    }

    [Fact]
    public void A_profile_of_both_models_or_without_time_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new LoadProfile());
        Assert.Throws<ArgumentException>(() => new LoadProfile(LoadPhase.HoldUsers(1, Second), LoadPhase.HoldRate(1, Second)));
        Assert.Throws<ArgumentException>(() => new LoadProfile(LoadPhase.HoldUsers(1, TimeSpan.Zero)));
        Assert.Throws<ArgumentException>(() => new LoadProfile(LoadPhase.HoldUsers(-1, Second)));
    }
}
