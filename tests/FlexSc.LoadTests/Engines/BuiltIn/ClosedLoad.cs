using System.Diagnostics;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Engines.BuiltIn;

/// <summary>The closed model: users that start an iteration when their last one has ended. Users come and leave by the profile.</summary>
internal sealed class ClosedLoad(LoadProfile profile, IWorkload workload, RunMeasurements measurements)
{
    /// <summary>How often the number of users is held against the profile.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    public async Task RunAsync(long start, CancellationToken stop)
    {
        Dictionary<int, Task> users = [];
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        while (elapsed < profile.Duration && !stop.IsCancellationRequested)
        {
            int wanted = profile.UsersAt(elapsed);
            for (int user = 0; user < wanted; user++)
            {
                if (!users.TryGetValue(user, out Task? running) || running.IsCompletedSuccessfully)
                {
                    int number = user;
                    users[user] = Task.Run(() => UseAsync(number, start, stop), CancellationToken.None);
                }
                else if (running.IsFaulted)
                {
                    await running.ConfigureAwait(false);
                }
            }

            TimeSpan left = profile.Duration - elapsed;
            await Task.Delay(left < Step ? left : Step, CancellationToken.None).ConfigureAwait(false);
            elapsed = Stopwatch.GetElapsedTime(start);
        }

        await Task.WhenAll(users.Values).ConfigureAwait(false);
    }

    private async Task UseAsync(int number, long start, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && number < profile.UsersAt(Stopwatch.GetElapsedTime(start)))
        {
            await measurements.IterateAsync(workload, Stopwatch.GetTimestamp()).ConfigureAwait(false);
        }
    }
}
