using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FlexSc.PlacementModel.Calibration;

/// <summary>Socket calls beside a program's own work, on its core and on another one.</summary>
internal static class CallMeasurements
{
    /// <summary>Bytes that the program's own work walks over: more than the first-level cache, less than the second.</summary>
    private const int WorkingSetBytes = 128 * 1024;

    private const int LineBytes = 64;
    private const int Repeats = 400;
    private const int MessageBytes = 64;
    private const int Calls = 2;

    /// <summary>A send and a receive on loopback, and what the program's own work then takes longer.</summary>
    public static (double CallNs, double PollutionNs) Pollution(int rounds)
    {
        using LoopbackPair pair = new();
        byte[] workingSet = new byte[WorkingSetBytes];
        double call = double.MaxValue;
        double alone = double.MaxValue;
        double between = double.MaxValue;
        for (int round = 0; round <= rounds; round++)
        {
            alone = Math.Min(alone, Measure(workingSet, null).WalkNs);
            (double walk, double calls) = Measure(workingSet, pair);
            between = Math.Min(between, walk);
            call = Math.Min(call, calls);
        }

        return (call / Calls, Math.Max(0, between - alone) / Calls);
    }

    /// <summary>
    /// The same calls by another core, with bytes that this one wrote: what they take longer there, what it takes this one to hand over and
    /// to take back, and what a thread that slept takes to be woken.
    /// </summary>
    public static (double SubmitNs, double TransferNs, double WakeNs) Transfer(int cpu, int otherCpu, int rounds)
    {
        Handover handover = new();
        Thread asker = new(() => Calibrator.OnCore(cpu, () => handover.Ask((rounds + 1) * Repeats)));
        asker.Start();
        double remote = Calibrator.OnCore(otherCpu, () => Exchange(handover, rounds));
        asker.Join();

        // After it, when everything is compiled.
        double local = Calibrator.OnCore(otherCpu, () => Exchange(null, rounds));
        return (handover.AskNs / Calls, Math.Max(0, remote - local) / Calls, Calibrator.OnCore(cpu, () => Wake(rounds)));
    }

    /// <summary>Walks over the working set so often, with calls before each walk or without.</summary>
    private static (double WalkNs, double CallsNs) Measure(byte[] workingSet, LoopbackPair? pair)
    {
        long walks = 0;
        long calls = 0;
        int sum = 0;
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            long start = Stopwatch.GetTimestamp();
            pair?.Exchange();
            long middle = Stopwatch.GetTimestamp();
            for (int offset = 0; offset < workingSet.Length; offset += LineBytes)
            {
                sum += ++workingSet[offset];
            }

            walks += Stopwatch.GetTimestamp() - middle;
            calls += middle - start;
        }

        GC.KeepAlive(sum);
        return (Nanoseconds(walks) / Repeats, Nanoseconds(calls) / Repeats);
    }

    private static double Exchange(Handover? handover, int rounds)
    {
        using LoopbackPair pair = new();
        List<double> figures = [];
        for (int round = 0; round <= rounds; round++)
        {
            long total = 0;
            for (int repeat = 0; repeat < Repeats; repeat++)
            {
                handover?.WaitForCall();
                long start = Stopwatch.GetTimestamp();
                if (handover is not null)
                {
                    handover.Message.CopyTo(pair.Message, 0);
                }

                pair.Exchange();
                if (handover is not null)
                {
                    pair.Message.CopyTo(handover.Message, 0);
                }

                total += Stopwatch.GetTimestamp() - start;
                handover?.Complete();
            }

            if (round > 0)
            {
                figures.Add(Nanoseconds(total) / Repeats);
            }
        }

        return figures.Min();
    }

    /// <summary>Two threads on one core pass a turn: each pass is a wake-up and a switch.</summary>
    private static double Wake(int rounds)
    {
        using SemaphoreSlim there = new(0);
        using SemaphoreSlim back = new(0);
        int passes = (rounds + 1) * Repeats;
        Thread other = new(() =>
        {
            for (int pass = 0; pass < passes; pass++)
            {
                there.Wait();
                back.Release();
            }
        });
        other.Start();
        List<double> figures = [];
        for (int round = 0; round <= rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int repeat = 0; repeat < Repeats; repeat++)
            {
                there.Release();
                back.Wait();
            }

            figures.Add(Nanoseconds(Stopwatch.GetTimestamp() - start) / Repeats / 2);
        }

        other.Join();
        return figures.Min();
    }

    private static double Nanoseconds(long ticks) => ticks * (1e9 / Stopwatch.Frequency);

    /// <summary>A connection with both its ends.</summary>
    private sealed class LoopbackPair : IDisposable
    {
        private readonly Socket _near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly Socket _far;

        public LoopbackPair()
        {
            using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            _near.Connect(listener.LocalEndPoint!);
            _far = listener.Accept();
        }

        public byte[] Message { get; } = new byte[MessageBytes];

        public void Exchange()
        {
            _near.Send(Message);
            _far.Receive(Message);
        }

        public void Dispose()
        {
            _near.Dispose();
            _far.Dispose();
        }
    }

    /// <summary>A call passed from core to core through memory, as through a syscall page, with its bytes.</summary>
    private sealed class Handover
    {
        private const int Free = 0;
        private const int Submitted = 1;
        private const int Done = 2;

        private int _status;

        public byte[] Message { get; } = new byte[MessageBytes];

        /// <summary>Nanoseconds on the asking side, without the wait.</summary>
        public double AskNs { get; private set; }

        public bool Ask(int calls)
        {
            List<double> figures = [];
            for (int call = 0; call < calls; call++)
            {
                long start = Stopwatch.GetTimestamp();
                Message.AsSpan().Fill((byte)call);
                Volatile.Write(ref _status, Submitted);
                long submitted = Stopwatch.GetTimestamp();
                while (Volatile.Read(ref _status) != Done)
                {
                    Thread.SpinWait(1);
                }

                long done = Stopwatch.GetTimestamp();
                int sum = 0;
                foreach (byte part in Message)
                {
                    sum += part;
                }

                GC.KeepAlive(sum);
                figures.Add(Nanoseconds(submitted - start + (Stopwatch.GetTimestamp() - done)));
                Volatile.Write(ref _status, Free);
            }

            AskNs = figures.Min();
            return true;
        }

        public void WaitForCall()
        {
            while (Volatile.Read(ref _status) != Submitted)
            {
                Thread.SpinWait(1);
            }
        }

        public void Complete() => Volatile.Write(ref _status, Done);
    }
}
