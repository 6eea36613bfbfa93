using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>
/// How many messages a mailbox may handle in one run where its queue does not ask (see <see cref="ActorLoop.MayGoOn"/>): a mailbox
/// whose runs take longer than a turn's work may gets fewer, until a run fits, and more again when it was done sooner. On the loop's
/// thread.
/// </summary>
/// <remarks>
/// A mailbox reads the number from its dispatcher when its run begins, and other loops read it there, too. While a slow mailbox runs
/// they may take the smaller number, which costs them another scheduling and nothing else.
/// </remarks>
internal sealed class RunLengths(int budgetMicroseconds)
{
    /// <summary>What each dispatcher was configured with, kept before any loop lowers it.</summary>
    private static readonly ConditionalWeakTable<MessageDispatcher, StrongBox<int>> Configured = [];

    private readonly long _budgetTicks = budgetMicroseconds * Stopwatch.Frequency / 1_000_000;
    private readonly ConditionalWeakTable<Mailbox, StrongBox<int>> _slow = [];

    /// <summary>Mailboxes in the table, but for those that ended while they were slow.</summary>
    private int _slowCount;

    /// <summary>Runs a mailbox.</summary>
    public void Run(Mailbox mailbox)
    {
        long start = Stopwatch.GetTimestamp();
        StrongBox<int>? length = null;
        if (_slowCount > 0 && _slow.TryGetValue(mailbox, out length))
        {
            RunShortened(mailbox, length.Value);
        }
        else
        {
            mailbox.Run();
        }

        long elapsed = Stopwatch.GetTimestamp() - start;
        if (length is not null || elapsed > _budgetTicks)
        {
            Adapt(mailbox, length, elapsed);
        }
    }

    private static void RunShortened(Mailbox mailbox, int messages)
    {
        MessageDispatcher dispatcher = mailbox.Dispatcher;
        int configured = ConfiguredOf(dispatcher);

        // A run handles one message more than it is told (Mailbox.ProcessMailbox of Akka.NET 1.5), but never none.
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
            _slowCount -= _slow.Remove(mailbox) ? 1 : 0;
        }
        else if (length is not null)
        {
            length.Value = after;
        }
        else
        {
            _slow.Add(mailbox, new StrongBox<int>(after));
            _slowCount++;
        }
    }
}
