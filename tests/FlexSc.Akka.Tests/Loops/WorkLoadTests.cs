using Akka.Actor;
using Akka.Dispatch;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>How many actors are better off on another loop, and who waits in most of its runs.</summary>
public sealed class WorkLoadTests
{
    [Theory]
    [InlineData(40, 1, 0, 0.5, 10)] // half of the difference
    [InlineData(40, 1, 0, 0, 20)]
    [InlineData(2, 1, 0, 0.03, 1)]
    [InlineData(1.4, 1, 0, 0, 0)] // the only one with work, and others now and then
    [InlineData(40, 0.7, 0, 0, 0)] // it needs no help
    [InlineData(18, 1, 4, 1, 3)] // half of what would make both alike
    [InlineData(10, 1, 9, 0.9, 0)] // alike enough
    [InlineData(4, 1, 18, 1, 0)]
    public void What_goes_is_half_of_what_makes_both_alike(double waiting, double busy, double otherWaiting, double otherBusy, int gives) =>
        Assert.Equal(gives, new WorkLoad(waiting, busy, 5_000).SurplusOver(new WorkLoad(otherWaiting, otherBusy, 5_000)));

    [Fact]
    public void One_that_makes_others_wait_long_is_given_nothing() =>
        Assert.Equal(0, new WorkLoad(18, 1, 5_000).SurplusOver(new WorkLoad(1, 1, 1)));

    [Fact]
    public void Whoever_waits_in_most_of_its_runs_is_found_and_others_are_not()
    {
        BriefWaits waits = new();
        using ActorSystem system = ActorSystem.Create("waits");
        Mailbox[] mailboxes = [.. Enumerable.Range(0, 3).Select(_ => new Mailbox(new UnboundedMailbox().Create(ActorRefs.Nobody, system)))];
        Assert.True(waits.IsEmpty);
        Assert.False(waits.OnWait(mailboxes[0], now: 1));
        Assert.True(waits.OnWait(mailboxes[0], now: 2));

        // In between it does something else, and less often than it waits.
        Assert.False(waits.OnWait(mailboxes[1], now: 3));
        waits.OnOther(mailboxes[1]);
        Assert.True(waits.OnWait(mailboxes[1], now: 4));

        // It waits now and then.
        for (int i = 0; i < 10; i++)
        {
            Assert.False(waits.OnWait(mailboxes[2], now: 5));
            waits.OnOther(mailboxes[2]);
            waits.OnOther(mailboxes[2]);
            waits.OnOther(mailboxes[2]);
        }

        waits.Forget(mailboxes[0]);
        waits.ForgetOld(static begin => begin == 3);
        Assert.True(waits.IsEmpty);
    }
}
