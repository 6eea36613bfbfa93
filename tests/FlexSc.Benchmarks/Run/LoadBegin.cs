using System.Diagnostics;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Run;

/// <summary>When a load has begun: its generator starts, and rehearses, before it asks.</summary>
internal static class LoadBegin
{
    /// <summary>Waits until requests are answered.</summary>
    /// <param name="load">The load.</param>
    /// <param name="answers">How many at the least.</param>
    /// <param name="limit">The longest wait.</param>
    /// <param name="poll">Between two looks.</param>
    /// <returns>When that was seen, by <see cref="Stopwatch"/>.</returns>
    /// <exception cref="MeasurementException">Too few are within the time.</exception>
    public static long AwaitAnswers(this ILoad load, int answers, TimeSpan limit, TimeSpan poll)
    {
        long start = Stopwatch.GetTimestamp();
        while (!(load.AnsweredSoFar >= answers))
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new MeasurementException($"nothing was answered within {limit.TotalSeconds:0} s");
            }

            Thread.Sleep(poll);
        }

        return Stopwatch.GetTimestamp();
    }
}
