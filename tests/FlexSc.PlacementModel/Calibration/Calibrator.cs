using System.Diagnostics;
using System.Globalization;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.PlacementModel.Model;

namespace FlexSc.PlacementModel.Calibration;

/// <summary>
/// Measures what a call costs on its loop and on another core. Each figure is the least of several short measurements: others
/// only ever make one longer.
/// </summary>
internal static class Calibrator
{
    private const int Rounds = 15;

    /// <summary>Long enough for the runtime to have compiled the loop for good.</summary>
    private const int BatchRounds = 100;

    private const int Batch = 16;

    /// <summary>All figures; some seconds.</summary>
    /// <exception cref="InvalidOperationException">The process has one core: nothing can be passed to another one.</exception>
    /// <exception cref="LinuxException">io_uring cannot be set up.</exception>
    public static CostFigures Measure()
    {
        IReadOnlyList<int> cpus = ThreadAffinity.AllowedCpus();
        if (cpus.Count < 2)
        {
            throw new InvalidOperationException("calibration needs two cores: one passes calls to the other");
        }

        // A line through two batch sizes: what is left for a batch of none is the batch's own share.
        double one = OnLoop(cpus[0], 1);
        double many = OnLoop(cpus[0], Batch);
        double batchNs = Math.Max(0, (one - many) * Batch / (Batch - 1));
        (double socketNs, double pollutionNs) = OnCore(cpus[0], static () => CallMeasurements.Pollution(Rounds));
        (double submitNs, double transferNs, double wakeNs) = CallMeasurements.Transfer(cpus[0], cpus[1], Rounds);
        string machine = string.Create(CultureInfo.InvariantCulture, $"{Processor()}, {cpus.Count} cores, Linux {Environment.OSVersion.Version}, {DateTime.UtcNow:yyyy-MM-dd}");
        return new CostFigures(machine, Round(batchNs), Round(pollutionNs), Round(submitNs), Round(transferNs), Round(socketNs), Round(wakeNs));
    }

    /// <summary>Runs on a thread of its own that is pinned to a core.</summary>
    public static T OnCore<T>(int cpu, Func<T> work)
    {
        T result = default!;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                ThreadAffinity.PinCurrentThread(cpu);
                result = work();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result : throw new InvalidOperationException($"a measurement on core {cpu} failed", failure);
    }

    private static double Round(double nanoseconds) => Math.Round(nanoseconds);

    private static string Processor() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";

    /// <summary>Nanoseconds of an empty call in batches of a size, on io_uring.</summary>
    private static double OnLoop(int cpu, int size)
    {
        using SyscallLoop loop = SyscallLoop.Start(new SyscallLoopOptions { Backend = SyscallBackendKind.IoUring, Cpu = cpu, Pages = 4 }, "calibrate");
        return Enumerable.Range(0, BatchRounds).Min(_ =>
        {
            EmptyBatches batches = new(size);
            loop.TryPost(batches.Start);
            return batches.NanosecondsPerCall.Task.GetAwaiter().GetResult();
        });
    }

    /// <summary>Batches of empty calls, one after the other for a while.</summary>
    private sealed class EmptyBatches
    {
        private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(20);

        private readonly Nop[] _calls;
        private int _outstanding;
        private long _completed;
        private long _start;

        public EmptyBatches(int size) => _calls = [.. Enumerable.Range(0, size).Select(_ => new Nop(this))];

        public TaskCompletionSource<double> NanosecondsPerCall { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Start(SyscallLoop loop)
        {
            _start = Stopwatch.GetTimestamp();
            Submit(loop);
        }

        private void Submit(SyscallLoop loop)
        {
            _outstanding = _calls.Length;
            foreach (Nop call in _calls)
            {
                if (!loop.TrySubmit(call, ExecutorRequest.Nop))
                {
                    NanosecondsPerCall.TrySetException(new InvalidOperationException("the pages are full"));
                }
            }
        }

        private void OnCompleted(SyscallLoop loop)
        {
            _completed++;
            if (--_outstanding > 0)
            {
                return;
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(_start);
            if (elapsed < Duration)
            {
                Submit(loop);
            }
            else
            {
                NanosecondsPerCall.TrySetResult(elapsed.TotalNanoseconds / _completed);
            }
        }

        private sealed class Nop(EmptyBatches batches) : SyscallOperation
        {
            protected override void OnCompleted(SyscallLoop loop, in Completion completion) => batches.OnCompleted(loop);
        }
    }
}
