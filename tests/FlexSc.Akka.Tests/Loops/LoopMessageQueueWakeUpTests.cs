using System.Diagnostics;
using Akka.Actor;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>
/// What a mailbox relies on: it goes idle and then asks whether a message came, a writer adds one and then asks whether the mailbox is
/// idle. If both may answer no, the message waits for the next one.
/// </summary>
public sealed class LoopMessageQueueWakeUpTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(30);

    [Fact]
    public void No_message_is_left_behind_by_a_mailbox_that_goes_idle()
    {
        LoopMessageQueue queue = new(ActorRefs.Nobody);
        object message = new();
        int idle = 0;
        long sent = 0;
        long received = 0;
        bool ended = false;
        Thread reader = new(() =>
        {
            while (!Volatile.Read(ref ended))
            {
                while (queue.TryDequeue(out _))
                {
                    Volatile.Write(ref received, received + 1);
                }

                // As Mailbox.SetAsIdle, and the look that follows it.
                Interlocked.CompareExchange(ref idle, 1, 0);
                if (queue.HasMessages)
                {
                    Interlocked.CompareExchange(ref idle, 0, 1);
                    continue;
                }

                // Scheduled again by the writer alone.
                while (Volatile.Read(ref idle) == 1 && !Volatile.Read(ref ended))
                {
                }
            }
        });
        reader.Start();
        long start = Stopwatch.GetTimestamp();
        bool stuck = false;
        while (!stuck && Stopwatch.GetElapsedTime(start) < Duration)
        {
            sent++;
            Thread.SpinWait((int)(sent & 7));
            queue.Enqueue(ActorRefs.Nobody, new Envelope(message, ActorRefs.NoSender));

            // As Dispatcher.RegisterForExecution: no fence when the mailbox looks busy.
            if (Volatile.Read(ref idle) == 1)
            {
                Interlocked.CompareExchange(ref idle, 0, 1);
            }

            long waitStart = 0;
            for (int i = 0; Volatile.Read(ref received) != sent; i++)
            {
                if (i == 100_000)
                {
                    waitStart = Stopwatch.GetTimestamp();
                }
                else if (i > 100_000 && Stopwatch.GetElapsedTime(waitStart) > Stuck)
                {
                    stuck = true;
                    break;
                }
            }
        }

        Volatile.Write(ref ended, true);
        reader.Join();
        Assert.False(stuck, $"message {sent} was left behind: {received} were received");
    }
}
