using System.Runtime.CompilerServices;
using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>
/// How many messages a mailbox may handle in one run where its queue does not ask (see <see cref="ActorLoop.MayGoOn"/>): a mailbox
/// whose runs take longer than a turn's work may gets fewer, until a run fits, and more again when it was done sooner. Runs are timed
/// only for a while after a turn took too long, because the clock costs as much as a small message. On the loop's thread.
/// </summary>
/// <param name="budgetMicroseconds">What a turn's work may take.</param>
/// <param name="clock">What runs are timed by.</param>
internal sealed class RunLengths(int budgetMicroseconds, TimeProvider clock)
{
    /// <summary>Turns without a slow run after which no run is timed any more.</summary>
    private const int QuietTurns = 1_000;

    /// <summary>Part of the budget from which a run counts as slow.</summary>
    private const int SlowPart = 4;

    /// <summary>What each dispatcher was configured with, kept before any loop lowers it.</summary>
    private static readonly ConditionalWeakTable<MessageDispatcher, StrongBox<int>> Configured = [];

    private readonly long _budgetTicks = budgetMicroseconds * clock.TimestampFrequency / 1_000_000;
    private readonly ConditionalWeakTable<Mailbox, StrongBox<int>> _shortened = [];
    private int _turnsToTime;

    /// <summary>Runs a mailbox.</summary>
    public void Run(Mailbox mailbox)
    {
        if (_turnsToTime == 0)
        {
            mailbox.Run();
            return;
        }

        long start = clock.GetTimestamp();
        bool isShortened = _shortened.TryGetValue(mailbox, out StrongBox<int>? length);
        if (isShortened)
        {
            RunShortened(mailbox, length!.Value);
        }
        else
        {
            mailbox.Run();
        }

        long elapsed = clock.GetTimestamp() - start;
        if (isShortened || elapsed > _budgetTicks)
        {
            Adapt(mailbox, length, elapsed);
        }

        if (elapsed > _budgetTicks / SlowPart)
        {
            _turnsToTime = QuietTurns;
        }
    }

    /// <summary>A turn has run its mailboxes.</summary>
    /// <param name="tookTooLong">Whether they took longer than they may.</param>
    public void OnTurn(bool tookTooLong)
    {
        if (tookTooLong)
        {
            _turnsToTime = QuietTurns;
        }
        else if (_turnsToTime > 0 && --_turnsToTime == 0)
        {
            _shortened.Clear();
        }
    }

    private static void RunShortened(Mailbox mailbox, int messages)
    {
        // A mailbox reads the number when its run begins. The dispatcher is its loop's own, but for actors that followed a connection:
        // another loop may take the smaller number then, which costs it one more scheduling of a mailbox and nothing else.
        MessageDispatcher dispatcher = mailbox.Dispatcher;
        int configured = ConfiguredOf(dispatcher);

        // A run handles one message more than it is told, and no fewer than two (Mailbox.ProcessMailbox of Akka.NET 1.5).
        dispatcher.Throughput = messages - 1;
        try
        {
            mailbox.Run();
        }
        finally
        {
            dispatcher.Throughput = configured;
        }
    }

    private static int ConfiguredOf(MessageDispatcher dispatcher) =>
        Configured.GetValue(dispatcher, static first => new StrongBox<int>(first.Throughput)).Value;

    private void Adapt(Mailbox mailbox, StrongBox<int>? length, long elapsed)
    {
        int configured = ConfiguredOf(mailbox.Dispatcher);
        int before = Math.Min(length?.Value ?? configured, configured);
        int after = elapsed > _budgetTicks
            ? (int)Math.Clamp(before * _budgetTicks / elapsed, 1, Math.Max(1, before / 2))
            : elapsed < _budgetTicks / 2 ? before * 2 : before;
        if (after >= configured)
        {
            _shortened.Remove(mailbox);
        }
        else
        {
            _shortened.AddOrUpdate(mailbox, new StrongBox<int>(after));
        }
    }
}
