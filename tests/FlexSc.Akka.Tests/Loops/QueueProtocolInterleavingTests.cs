using FlexSc.Akka.Loops;
using FlexSc.Tests.Interleavings;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>
/// The queue of a mailbox in every order of its steps, with Akka.NET's mailbox and dispatcher around it as a model: no message is left
/// behind by a mailbox that goes idle. The protocol without one of its parts shows that the orders are found in which it matters.
/// </summary>
public sealed class QueueProtocolInterleavingTests
{
    public enum Without
    {
        Nothing,
        MarkInLook,
        FenceOfMark,
        MailboxFence,
    }

    [Theory]
    [InlineData(Without.Nothing, 1)]
    [InlineData(Without.Nothing, 2)]
    [InlineData(Without.MarkInLook, 1)]
    [InlineData(Without.FenceOfMark, 1)]
    [InlineData(Without.MailboxFence, 1)]
    public void No_message_is_left_behind_by_a_mailbox_that_goes_idle(Without without, int messages)
    {
        Mailbox mailbox = null!;
        InterleavingExplorer explorer = new(
            memory =>
            {
                mailbox = new Mailbox(memory, without);
                return [() => mailbox.Tell(messages), mailbox.Run];
            },
            _ => mailbox.FaultOf(messages));
        AssertFinds(explorer, without);
    }

    [Theory]
    [InlineData(Without.Nothing)]
    [InlineData(Without.FenceOfMark)]
    public void Two_who_enqueue_at_a_time_lose_nothing(Without without)
    {
        InterleavingExplorer explorer = new(
            memory =>
            {
                Mailbox mailbox = new(memory, without);
                return [() => mailbox.Put(2), () => mailbox.Put(2)];
            },
            memory => memory.Final("tail") == 4 ? null : $"{memory.Final("tail")} of 4 messages are there");
        AssertFinds(explorer, without);
    }

    private static void AssertFinds(InterleavingExplorer explorer, Without without)
    {
        string? fault = explorer.FindFault();
        if (without == Without.Nothing)
        {
            Assert.True(fault is null, fault);
            Assert.True(explorer.States > 100, $"only {explorer.States} states were come to");
        }
        else
        {
            Assert.True(fault is not null, $"{explorer.States} states without {without} show nothing");
        }
    }

    /// <summary>A queue over a model's memory, with the status that Akka.NET's Mailbox and Dispatcher agree on by.</summary>
    private sealed class Mailbox(ModelMemory memory, Without without)
    {
        private const int Idle = 1;
        private const int Busy = 0;

        /// <summary>Messages that it has taken; its own, so no step of the model.</summary>
        public int Taken { get; private set; }

        /// <summary>What is wrong in the end.</summary>
        public string? FaultOf(int messages) => Taken == messages ? null : $"the mailbox is idle with {Taken} of {messages} messages taken";

        /// <summary>As Dispatcher.Dispatch: enqueues, and has the mailbox run if it looks idle.</summary>
        public void Tell(int messages)
        {
            for (int i = 0; i < messages; i++)
            {
                Put(1);
                if (memory.Load("status") == Idle && memory.CompareExchange("status", Busy, Idle) == Idle)
                {
                    Schedule();
                }
            }
        }

        public void Put(int messages)
        {
            for (int i = 0; i < messages; i++)
            {
                QueueProtocol<int, Steps>.Put(new Steps(this, memory, without), 1);
            }
        }

        /// <summary>As a mailbox on its dispatcher: takes what is there, goes idle and looks again, and runs as often as it is scheduled.</summary>
        public void Run()
        {
            while (true)
            {
                Taken = memory.Load("tail");
                if (without == Without.MailboxFence)
                {
                    memory.Store("status", Idle);
                }
                else
                {
                    memory.CompareExchange("status", Idle, Busy);
                }

                if (QueueProtocol<int, Steps>.MayHaveItems(new Steps(this, memory, without))
                    && memory.CompareExchange("status", Busy, Idle) == Idle)
                {
                    Schedule();
                }

                // It may run again while somebody still enqueues, but that changes nothing and could go on for ever.
                memory.WaitUntil(
                    "run",
                    static memory => memory.Final("scheduled") > 0 && memory.Final("mark") == 0,
                    () => memory.Put("scheduled", memory.Final("scheduled") - 1));
            }
        }

        private void Schedule() => memory.Atomically("schedule", () => memory.Add("scheduled"));
    }

    /// <summary>The steps of the queue's memory on a model's; a ring that is never full, of which only the tail matters.</summary>
    private readonly struct Steps(Mailbox mailbox, ModelMemory memory, Without without) : IQueueMemory<int>
    {
        public bool IsMarked => without != Without.MarkInLook && memory.Load("mark") != 0;

        public bool HasItems => memory.Load("tail") != mailbox.Taken;

        public bool TryMark()
        {
            if (without != Without.FenceOfMark)
            {
                return memory.Exchange("mark", 1) == 0;
            }

            memory.Store("mark", 1);
            return true;
        }

        public void AwaitUnmarked() => memory.WaitUntil("nobody enqueues", static memory => memory.Final("mark") == 0);

        public void Add(in int item) => memory.Store("tail", memory.Load("tail") + item);

        public void Unmark() => memory.Store("mark", 0);
    }
}
