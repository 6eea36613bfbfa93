using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Signals that interrupt the loop's thread and the threads of its backend.</content>
public abstract partial class ConformanceTests
{
    private const int NumberGetThreadId = 186;
    private const int NumberThreadKill = 234;
    private const int SignalWindowChange = 28;

    [SkippableFact]
    public async Task A_storm_of_signals_disturbs_no_call()
    {
        RequireRealKernel("signals are not modelled");
        const int RoundTrips = 1_000;
        const int LeastSignals = 100;
        const int flock = 73;
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);

        // A signal without a handler would be ignored without an interruption.
        using PosixSignalRegistration handler = RegisterSignal();
        long loopThread = await loop.Loop.RunAsync(_ => RawSystemCall.Invoke(NumberGetThreadId));
        using CancellationTokenSource stop = new();
        long signals = 0;
        Task storm = Task.Run(() => Storm(loopThread, ref signals, stop.Token));
        PinnedBytes memory = new(64);
        byte[] echoed = new byte[32];
        long startedAt = Stopwatch.GetTimestamp();
        bool MayGoOn() => Stopwatch.GetElapsedTime(startedAt) < LoopFixture.Deadline;

        // On a machine that has no core for it the storm is slow to begin.
        for (int i = 0; i < RoundTrips || (Volatile.Read(ref signals) < LeastSignals && MayGoOn()); i++)
        {
            Task<RecordingOperation> receive = loop.SubmitAsync(
                SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: echoed.Length, argument3: MessageWaitAll);
            there.Send(echoed.AsSpan(0, 1 + (i % echoed.Length)));
            there.Send(echoed.AsSpan(1 + (i % echoed.Length)));
            Assert.Equal(echoed.Length, await (await receive).Result);
            Assert.Equal(echoed.Length, await loop.CallAsync(SyscallNumber.SendTo, here, memory.Address, echoed.Length));
            await ReceiveExactlyAsync(there, echoed);
            Assert.Equal(-ErrnoBadDescriptor, await loop.CallAsync(flock, int.MaxValue, 1));
        }

        await stop.CancelAsync();
        await storm;
        Assert.InRange(signals, LeastSignals, long.MaxValue);
        await CloseAsync(loop, here);
    }

    /// <summary>Has the runtime handle the signal of the storm. Its numbers are those of the system.</summary>
    private static PosixSignalRegistration RegisterSignal() =>
        PosixSignalRegistration.Create((PosixSignal)SignalWindowChange, context => context.Cancel = true);

    /// <summary>Interrupts the loop's thread, and those of its backend, again and again, and counts how often.</summary>
    private static void Storm(long loopThread, ref long sent, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Assert.Equal(0, RawSystemCall.Invoke(NumberThreadKill, Environment.ProcessId, loopThread, SignalWindowChange));
            foreach (string task in Directory.GetDirectories("/proc/self/task"))
            {
                if (NameOfThread(task).StartsWith("flexsc-", StringComparison.Ordinal))
                {
                    RawSystemCall.Invoke(NumberThreadKill, Environment.ProcessId, long.Parse(Path.GetFileName(task)), SignalWindowChange);
                }
            }

            Volatile.Write(ref sent, sent + 1);
        }
    }

    private static string NameOfThread(string task)
    {
        try
        {
            return File.ReadAllText($"{task}/comm");
        }
        catch (IOException)
        {
            // It has ended since it was listed.
            return "";
        }
    }
}
