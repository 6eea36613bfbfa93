using Akka.Dispatch;

namespace FlexSc.Simulation.Actors;

/// <summary>
/// Tasks that an actor system starts by itself, as it does at its end: Akka.NET keeps the scheduler that was the current one when the
/// system was made.
/// </summary>
internal sealed class SteppedTaskScheduler(ReadyWork work) : TaskScheduler
{
    /// <summary>Makes something with this scheduler as the current one.</summary>
    public T Make<T>(Func<T> make)
    {
        Task<T> made = new(make);
        made.RunSynchronously(this);
        return made.GetAwaiter().GetResult();
    }

    protected override void QueueTask(Task task) => work.Add(new TaskRun(this, task));

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private sealed class TaskRun(SteppedTaskScheduler scheduler, Task task) : IRunnable
    {
        public void Execute() => Run();

        public void Run() => scheduler.TryExecuteTask(task);
    }
}
