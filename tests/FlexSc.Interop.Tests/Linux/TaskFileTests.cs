using System.Globalization;
using System.Text;
using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Interop.Tests.Linux;

public sealed class TaskFileTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public void It_is_that_of_the_thread_and_tells_what_is_so_now()
    {
        byte[] buffer = new byte[4096];
        using TaskFile own = TaskFile.TryOpen("schedstat"u8)!;
        using TaskFile ofMain = TaskFile.TryOpen(Environment.ProcessId, "stat"u8)!;
        Assert.StartsWith($"{Environment.ProcessId} (", Encoding.ASCII.GetString(ofMain.Read(buffer)), StringComparison.Ordinal);
        long first = RunTime(own);

        // The kernel counts at its ticks.
        Assert.True(SpinWait.SpinUntil(() => RunTime(own) > first, Deadline), $"the thread still has run for {first} ns");
        Assert.Equal(3, own.Read(buffer.AsSpan(0, 3)).Length);

        long RunTime(TaskFile file) => long.Parse(
            Encoding.ASCII.GetString(file.Read(buffer)).Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void There_is_none_of_a_thread_that_has_ended()
    {
        TaskFile? file = null;
        int number = 0;
        Thread thread = new(() =>
        {
            file = TaskFile.TryOpen("comm"u8);
            number = int.Parse(Path.GetFileName(File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName), CultureInfo.InvariantCulture);
        });
        thread.Start();
        thread.Join();

        // The kernel ends it some moments after the runtime's part of it.
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/self/task/{number}"), Deadline), $"thread {number} is still there");
        using TaskFile opened = file!;
        Assert.True(opened.Read(new byte[64]).IsEmpty);
        Assert.Null(TaskFile.TryOpen(number, "comm"u8));
    }

    [Fact]
    public void What_is_not_there_or_closed_is_told()
    {
        Assert.Null(TaskFile.TryOpen("no-such-file"u8));
        Assert.Throws<ArgumentOutOfRangeException>("name.Length", () => TaskFile.TryOpen(new byte[33]));
        Assert.Null(TaskFile.TryOpen(int.MaxValue, "comm"u8));
        TaskFile file = TaskFile.TryOpen("comm"u8)!;
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read(new byte[8]).Length);
    }
}
