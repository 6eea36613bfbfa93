using System.Globalization;
using FlexSc.Akka.IO;
using FlexSc.Tests.Interleavings;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>
/// The ownership of a connection's output in every order of its steps, with the connection around it as a model: what a sender tells
/// leaves in order, nothing stays behind, acknowledgements come in the order of the bytes, and nobody sends on a closed descriptor.
/// </summary>
public sealed class OutputOwnershipInterleavingTests
{
    /// <summary>What is told to close; all other numbers are writes.</summary>
    private const int Close = 9;

    /// <summary>What is left out, to see that the orders are found in which it matters.</summary>
    public enum Without
    {
        Nothing,
        LookForCommands,
        LookAtQueue,
        Mark,
        FenceOfTake,
    }

    [Theory]
    [InlineData(Without.Nothing)]
    [InlineData(Without.LookForCommands)]
    [InlineData(Without.LookAtQueue)]
    [InlineData(Without.FenceOfTake)]
    public void What_a_sender_tells_leaves_in_order(Without without)
    {
        InterleavingExplorer explorer = new(
            memory =>
            {
                Connection connection = new(memory, without);
                return [() => connection.Tell(1, 2), () => connection.Tell(3), connection.Loop];
            },
            memory => Connection.FaultOf(memory, writes: 3));
        AssertFinds(explorer, without);
    }

    [Theory]
    [InlineData(Without.Nothing)]
    [InlineData(Without.LookForCommands)]
    public void What_the_socket_does_not_take_goes_to_the_loop_before_what_follows(Without without)
    {
        InterleavingExplorer explorer = new(
            memory =>
            {
                Connection connection = new(memory, without) { ShortWrite = 1 };
                return [() => connection.Tell(1, 2), connection.Loop];
            },
            memory => Connection.FaultOf(memory, writes: 2));
        AssertFinds(explorer, without);
    }

    [Fact]
    public void Acknowledgements_come_in_the_order_of_the_bytes()
    {
        InterleavingExplorer explorer = new(
            memory =>
            {
                Connection connection = new(memory, Without.Nothing) { Acknowledges = true };
                return [() => connection.Tell(1), () => connection.Tell(3), connection.Loop];
            },
            memory => Connection.FaultOf(memory, writes: 2));
        AssertFinds(explorer, Without.Nothing);
    }

    [Theory]
    [InlineData(Without.Nothing, false)]
    [InlineData(Without.Nothing, true)]
    [InlineData(Without.Mark, false)]
    [InlineData(Without.FenceOfTake, false)]
    public void A_close_acts_after_what_was_told_before_it(Without without, bool isShort)
    {
        InterleavingExplorer explorer = new(
            memory =>
            {
                Connection connection = new(memory, without) { ShortWrite = isShort ? 1 : 0 };
                return [() => connection.Tell(1, Close), () => connection.Tell(3), connection.Loop];
            },
            memory => Connection.FaultOf(memory, writes: 2)
                ?? (memory.Final("closed") == 1 ? null : "the close has not acted")
                ?? (memory.Final("failed") <= 1 ? null : "a write told before the close has failed"));
        AssertFinds(explorer, without);
    }

    [Theory]
    [InlineData(Without.Nothing)]
    [InlineData(Without.FenceOfTake)]
    public void A_loop_that_ends_closes_when_nobody_uses_the_descriptor(Without without)
    {
        InterleavingExplorer explorer = new(
            memory =>
            {
                Connection connection = new(memory, without) { Acknowledges = true };
                return [() => connection.Tell(1), connection.EndLoop];
            },
            memory => memory.Final("closed") == 1 ? null : "the descriptor was not closed");
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

    /// <summary>A connection as tellers and its loop use the ownership; see TcpConnection, ConnectionCommands and DirectWrites.</summary>
    private sealed class Connection
    {
        private readonly ModelMemory _memory;
        private readonly OutputOwnership<Steps> _ownership;
        private bool _closed;

        /// <param name="memory">The model's.</param>
        /// <param name="without">What is left out.</param>
        public Connection(ModelMemory memory, Without without)
        {
            _memory = memory;
            _ownership = new OutputOwnership<Steps>(new Steps(memory, without), Schedule);
        }

        /// <summary>The write that the socket does not take when it is sent by its teller; 0 for none.</summary>
        public int ShortWrite { get; init; }

        /// <summary>Whether writes are acknowledged.</summary>
        public bool Acknowledges { get; init; }

        /// <summary>What is wrong in the end.</summary>
        public static string? FaultOf(ModelMemory memory, int writes)
        {
            List<int> wire = RowOf(memory, "wire");
            return memory.Final("scheduled") > 0 ? "a run is left"
                : memory.Final("left over") != 0 ? "what a teller left over has stayed"
                : wire.Count + memory.Final("failed") != writes ? $"{wire.Count} of {writes} writes were sent, and {memory.Final("failed")} failed"
                : wire.IndexOf(2) is >= 0 and int second && (wire.IndexOf(1) < 0 || wire.IndexOf(1) > second) ? "the second write came first"
                : RowOf(memory, "acknowledged") is { Count: > 0 } acknowledged && !acknowledged.SequenceEqual(wire) ? "acknowledged in another order"
                : null;
        }

        public void Tell(params int[] commands)
        {
            foreach (int command in commands)
            {
                if (command == Close || !TrySend(command))
                {
                    Enqueue(command);
                }
            }
        }

        /// <summary>As the loop's thread: runs the connection as often as it is scheduled, the first time without a reason.</summary>
        public void Loop()
        {
            Run();
            while (true)
            {
                _memory.WaitUntil(
                    "run", static memory => memory.Final("scheduled") > 0, () => _memory.Put("scheduled", _memory.Final("scheduled") - 1));
                Run();
            }
        }

        /// <summary>As the end of a loop whose connection others may send for.</summary>
        public void EndLoop()
        {
            Run();
            while (!_ownership.TryTake(out _) && _ownership.IsDescriptorInUse)
            {
                _memory.WaitUntil("no descriptor in use", static memory => memory.Final("owner") is not (2 or 3));
            }

            CloseDescriptor();
        }

        private static List<int> RowOf(ModelMemory memory, string name) =>
            [.. Enumerable.Range(0, memory.Final(name + " count")).Select(i => memory.Final(NameOf(name, i)))];

        private static string NameOf(string name, int index) => name + " " + index.ToString(CultureInfo.InvariantCulture);

        private bool TrySend(int write)
        {
            if (!_ownership.TryEnter())
            {
                return false;
            }

            if (write == ShortWrite)
            {
                _memory.Store("left over", write);
                _ownership.HandOver();
                return true;
            }

            Send(write, acknowledge: false);
            if (!Acknowledges)
            {
                _ownership.Leave();
                return true;
            }

            _ownership.BeginAcknowledging();
            _memory.Atomically($"acknowledged {write}", () => Append("acknowledged", write));
            _ownership.LeaveAcknowledged();
            return true;
        }

        private void Enqueue(int command)
        {
            _memory.Atomically($"put {command}", () => Append("commands", command));
            _memory.Atomically("count up", () =>
            {
                _memory.Add("count");
                if (_memory.Final("count") == 1)
                {
                    _memory.Add("scheduled");
                }
            });
        }

        private void Run()
        {
            if (!_ownership.TryTake(out bool handedOver))
            {
                return;
            }

            if (handedOver && _memory.Load("left over") is > 0 and int left)
            {
                _memory.Store("left over", 0);
                Act(left);
            }

            int count = _memory.Load("count");
            for (int i = 0; i < count; i++)
            {
                Act(_memory.Atomically("take", () =>
                {
                    int taken = _memory.Final("taken");
                    _memory.Add("taken");
                    return _memory.Final(NameOf("commands", taken));
                }));
            }

            if (count > 0)
            {
                _memory.Atomically("count down", () =>
                {
                    _memory.Put("count", _memory.Final("count") - count);
                    if (_memory.Final("count") > 0)
                    {
                        _memory.Add("scheduled");
                    }
                });
            }

            if (!_closed && _ownership.IsTaken)
            {
                _ownership.Release();
            }
        }

        private void Act(int command)
        {
            if (command == Close)
            {
                CloseDescriptor();
            }
            else if (_closed)
            {
                _memory.Atomically("failed", () => _memory.Add("failed"));
            }
            else
            {
                Send(command, Acknowledges);
            }
        }

        private void CloseDescriptor()
        {
            _closed = true;
            _memory.Atomically("close", () => _memory.Put("closed", 1));
        }

        /// <summary>A send has a beginning and an end, and the descriptor is open at both.</summary>
        private void Send(int write, bool acknowledge)
        {
            _memory.Atomically($"begin to send {write}", () =>
            {
                Require(_memory.Final("closed") == 0, "a send on a closed descriptor");
                Require(_memory.Final("sending") == 0, "two sends at a time");
                _memory.Put("sending", 1);
                Append("wire", write);
            });
            _memory.Atomically("sent", () =>
            {
                Require(_memory.Final("closed") == 0, "closed under a send");
                _memory.Put("sending", 0);
                if (acknowledge)
                {
                    Append("acknowledged", write);
                }
            });
        }

        private void Schedule() => _memory.Atomically("schedule", () => _memory.Add("scheduled"));

        private void Append(string row, int value)
        {
            _memory.Put(NameOf(row, _memory.Final(row + " count")), value);
            _memory.Add(row + " count");
        }

        private static void Require(bool holds, string fault)
        {
            if (!holds)
            {
                throw new InvalidOperationException(fault);
            }
        }
    }

    /// <summary>The steps of the ownership's memory on a model's.</summary>
    private readonly struct Steps(ModelMemory memory, Without without) : IOwnershipMemory
    {
        public int State => memory.Load("owner");

        public bool HasCommands => without != Without.LookForCommands
            && (memory.Load("count") > 0
                || (without != Without.LookAtQueue && memory.Load("taken") < memory.Load("commands count")));

        public void Store(int state) => memory.Store("owner", state);

        public int Exchange(int state) => memory.Exchange("owner", state);

        public int CompareExchange(int state, int expected)
        {
            if (without == Without.Mark && state is 3 or 5)
            {
                return expected;
            }

            if (without != Without.FenceOfTake)
            {
                return memory.CompareExchange("owner", state, expected);
            }

            int before = memory.Load("owner");
            if (before == expected)
            {
                memory.Store("owner", state);
            }

            return before;
        }
    }
}
