using System.Globalization;
using FlexSc.Interop.Loop;
using FlexSc.Tests.Interleavings;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

/// <summary>
/// The inbox of a loop in every order of its steps: nothing that is put stays behind while the loop waits, and nothing is lost as it
/// ends. The protocol without one of its fences shows that the orders are found in which it matters.
/// </summary>
public sealed class InboxInterleavingTests
{
    public enum Without
    {
        Nothing,
        FenceOfPut,
        FenceOfSleep,
        FenceOfClose,
    }

    [Theory]
    [InlineData(Without.Nothing, false, false)]
    [InlineData(Without.Nothing, true, true)]
    [InlineData(Without.FenceOfPut, false, false)]
    [InlineData(Without.FenceOfPut, true, true)]
    [InlineData(Without.FenceOfSleep, false, false)]
    public void A_loop_that_waits_is_woken_for_what_is_put(Without without, bool quiet, bool forAll)
    {
        InterleavingExplorer explorer = new(
            memory =>
            {
                Party party = new(memory, without);
                return
                [
                    () =>
                    {
                        party.Inbox.TryPut(1, quiet);
                        party.Inbox.TryPut(2, quiet);
                    },
                    () => party.TakeUntil(2, forAll),
                ];
            },
            memory => memory.Final("taken") == 2 ? null : $"the loop waits with {memory.Final("taken")} of 2 items taken");
        AssertFinds(explorer, without);
    }

    [Fact]
    public void What_is_put_quietly_does_not_wake_a_loop_that_has_no_use_for_it()
    {
        InterleavingExplorer explorer = new(
            memory =>
            {
                Party party = new(memory, Without.Nothing);
                return [() => party.Inbox.TryPut(1, quiet: true), () => party.Inbox.TryFallAsleep(forAll: false)];
            },
            memory => memory.Final("wakes") == 0 ? null : "the loop was woken");
        Assert.Null(explorer.FindFault());
    }

    [Theory]
    [InlineData(Without.Nothing)]
    [InlineData(Without.FenceOfPut)]
    [InlineData(Without.FenceOfClose)]
    public void What_is_put_as_the_loop_ends_is_taken_or_refused_or_given_back(Without without)
    {
        InterleavingExplorer explorer = new(
            memory =>
            {
                Party party = new(memory, without);
                return
                [
                    () => party.PutOrBeRefused(1),
                    () => party.PutOrBeRefused(2),
                    () =>
                    {
                        party.Inbox.Close();
                        party.Inbox.GiveBack();
                    },
                ];
            },
            memory => memory.Final("given back") + memory.Final("refused") == 2
                ? null
                : $"{memory.Final("given back")} items were given back and {memory.Final("refused")} refused, of 2");
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

    /// <summary>An inbox over a model's memory, and what the loop does with it.</summary>
    private sealed class Party
    {
        private readonly ModelMemory _memory;
        private int _taken;

        public Party(ModelMemory memory, Without without)
        {
            _memory = memory;
            Inbox = new Inbox<int, Steps>(
                new Steps(memory, without),
                () => memory.Atomically("wake", () => Count(memory, "wakes")),
                _ => memory.Atomically("give back", () => Count(memory, "given back")));
        }

        public Inbox<int, Steps> Inbox { get; }

        public void PutOrBeRefused(int item)
        {
            if (!Inbox.TryPut(item))
            {
                _memory.Atomically("refused", () => Count(_memory, "refused"));
            }
        }

        /// <summary>As a loop: takes what is there, and waits when nothing is.</summary>
        public void TakeUntil(int count, bool forAll)
        {
            int waits = 0;
            while (_taken < count)
            {
                while (Inbox.TryTake(out _))
                {
                    _taken++;
                    _memory.Atomically("taken", () => Count(_memory, "taken"));
                }

                if (_taken < count && Inbox.TryFallAsleep(forAll))
                {
                    int before = waits++;
                    _memory.WaitUntil("wait", memory => memory.Final("wakes") > before);
                }

                Inbox.WakeUp();
            }
        }

        private static void Count(ModelMemory memory, string cell) => memory.Add(cell);
    }

    /// <summary>The steps of the inbox's memory on a model's; the queue is a row of cells, each filled by its own putter.</summary>
    private readonly struct Steps(ModelMemory memory, Without without) : IInboxMemory<int>
    {
        private const int Slots = 2;

        public bool IsEmpty
        {
            get
            {
                for (int slot = 1; slot <= Slots; slot++)
                {
                    if (memory.Load(NameOf(slot)) == 1)
                    {
                        return false;
                    }
                }

                return true;
            }
        }

        public int Sleeping => memory.Load("sleeping");

        public bool IsClosed => memory.Load("closed") == 1;

        public void Add(in int item) => memory.Store(NameOf(item), 1);

        public bool TryTake(out int item)
        {
            for (item = 1; item <= Slots; item++)
            {
                // 2 is taken: of several who see the item one has it, as with the queue of the real memory.
                if (memory.Load(NameOf(item)) == 1 && memory.Exchange(NameOf(item), 2) == 1)
                {
                    return true;
                }
            }

            return false;
        }

        public void SetSleeping(int state) => memory.Store("sleeping", state);

        public int ExchangeSleeping(int state)
        {
            if (without != Without.FenceOfSleep || state == 0)
            {
                return memory.Exchange("sleeping", state);
            }

            memory.Store("sleeping", state);
            return 0;
        }

        public void Close()
        {
            memory.Store("closed", 1);
        }

        public void Fence()
        {
            // Who closes has stored that just before; who puts has not.
            bool closes = ModelMemory.HasStored("closed");
            if (without != (closes ? Without.FenceOfClose : Without.FenceOfPut))
            {
                memory.Fence();
            }
        }

        private static string NameOf(int slot) => "item " + slot.ToString(CultureInfo.InvariantCulture);
    }
}
