using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Linux;

public sealed partial class SyscallTableTests
{
    private const string NumbersHeader = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";
    private const long FutexLockOwned = 6;
    private const long CloseRangeUnshare = 2;

    [SkippableFact]
    public void Every_number_has_the_name_of_the_system_header()
    {
        Skip.IfNot(File.Exists(NumbersHeader), $"{NumbersHeader} is not there: install linux-libc-dev to compare with it");
        Dictionary<string, int> header = NumberDefinition().Matches(File.ReadAllText(NumbersHeader))
            .ToDictionary(static match => match.Groups[1].Value, static match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));

        // The table may be ahead of an older header, never behind what it holds.
        Dictionary<string, int> table = SyscallTable.Rows.ToDictionary(static row => row.Name, static row => (int)row.Number);
        string[] wrong = [.. header.Where(call => table.TryGetValue(call.Key, out int number) && number != call.Value).Select(static call => call.Key)];
        string[] absent = [.. header.Where(call => call.Value <= table.Values.Max() && !table.ContainsKey(call.Key)).Select(static call => call.Key)];
        Assert.Empty(wrong);
        Assert.Empty(absent);
        Assert.InRange(table.Keys.Count(header.ContainsKey), 350, int.MaxValue);
    }

    [SkippableFact]
    public void Every_number_of_arm64_is_that_of_its_header()
    {
        const string prefix = "__NR_";
        const string header = "asm/unistd.h";
        string[] defined = [.. CompilerProbe.MacrosOf(HeadersOf.Arm64, header, prefix)
            .Where(static name => name is not ("__NR_syscalls" or "__NR_arch_specific_syscall"))];
        Dictionary<string, long> calls = CompilerProbe.Evaluate(HeadersOf.Arm64, [$"<{header}>"], defined)
            .ToDictionary(static call => call.Key[prefix.Length..], static call => call.Value);
        Assert.InRange(calls.Count, 300, int.MaxValue);

        // The table may be ahead of an older header, never behind what it holds.
        long newest = calls.Values.Max();
        Dictionary<string, long> table = SyscallTable.Rows
            .Select(static row => (row.Name, IsThere: Arm64Numbers.TryGet(row.Number, out long number), Number: number))
            .Where(row => row.IsThere && row.Number <= newest)
            .ToDictionary(static row => row.Name, static row => row.Number);
        Assert.Equal(
            calls.Where(call => call.Value <= SyscallTable.Rows.Max(static row => row.Number)).OrderBy(static call => call.Key, StringComparer.Ordinal),
            table.OrderBy(static call => call.Key, StringComparer.Ordinal));
        Assert.Empty(Arm64Numbers.Calls.Select(static call => call.Name).Except(SyscallTable.Rows.Select(static row => row.Name)));
    }

    [Fact]
    public void Arm64_has_no_call_that_a_newer_one_replaces_and_the_same_numbers_for_new_ones()
    {
        foreach (string name in new[] { "open", "stat", "poll", "epoll_wait", "dup2", "pipe", "fork", "rename", "unlink" })
        {
            Assert.False(Arm64Numbers.TryGet(SyscallTable.Rows.Single(row => row.Name == name).Number, out _), name);
        }

        Assert.True(Arm64Numbers.TryGet(SyscallNumber.OpenAt2, out long number));
        Assert.Equal(SyscallNumber.OpenAt2, number);
        Assert.True(Arm64Numbers.TryGet(ushort.MaxValue, out number));
        Assert.Equal(ushort.MaxValue, number);
        Assert.False(Arm64Numbers.TryGet(400, out _));
    }

    [Fact]
    public void Named_numbers_are_those_of_their_rows()
    {
        foreach (FieldInfo field in typeof(SyscallNumber).GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(static field => field.FieldType == typeof(ushort)))
        {
            string name = SyscallTable.Of((ushort)field.GetRawConstantValue()!).Name;
            Assert.Equal(field.Name.ToUpperInvariant(), name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant());
        }
    }

    [Fact]
    public void The_module_refuses_what_the_table_refuses_and_nothing_else()
    {
        string source = File.ReadAllText(Path.Combine(CompilerProbe.RepositoryFolder("kernel"), "module", "refused.c"));
        Dictionary<string, string> named = NumberOfModule().Matches(source).ToDictionary(
            static match => match.Groups[1].Value,
            static match => SyscallTable.Of(ushort.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)).Name);
        string list = RefusedList().Match(source).Groups[1].Value;
        HashSet<string> module = [.. RefusedName().Matches(list)
            .Select(match => named.GetValueOrDefault(match.Value) ?? match.Groups[1].Value)];
        Assert.InRange(module.Count, 50, int.MaxValue);

        HashSet<string> table = [.. SyscallTable.Rows.Where(static row => row.Refused != Refusal.None).Select(static row => row.Name)];
        Assert.Empty(module.Except(table));
        Assert.Empty(table.Except(module));
        Assert.All(
            SyscallTable.Rows.Where(static row => row.RefusedByArguments),
            row => Assert.Contains($"case __NR_{row.Name}:", source, StringComparison.Ordinal));
    }

    [Fact]
    public void Arguments_decide_where_the_number_does_not()
    {
        const ushort futex = 202;
        Assert.Equal(Refusal.StateOfThread, SyscallTable.RefusalOf(futex, FutexLockOwned, 0));
        Assert.Equal(Refusal.None, SyscallTable.RefusalOf(futex, 0, 0));
        Assert.Equal(Refusal.Sharing, SyscallTable.RefusalOf(SyscallNumber.CloseRange, 9, CloseRangeUnshare));
        Assert.Equal(Refusal.None, SyscallTable.RefusalOf(SyscallNumber.CloseRange, 9, 0));
        Assert.True(SyscallTable.WaitsForOthers(SyscallNumber.FLock, 2));
        Assert.False(SyscallTable.WaitsForOthers(SyscallNumber.FLock, 2 | 4));
        Assert.False(SyscallTable.WaitsForOthers(SyscallNumber.FLock, 8));
        Assert.True(SyscallTable.WaitsForOthers(SyscallNumber.Fcntl, SyscallNumber.FcntlSetLockWait));
        Assert.False(SyscallTable.WaitsForOthers(SyscallNumber.Fcntl, 6));
        Assert.True(SyscallTable.WaitsForOthers(futex, 128));
        Assert.False(SyscallTable.WaitsForOthers(futex, 1));
        Assert.True(SyscallTable.WaitsForOthers(ushort.MaxValue, 0));
    }

    [Fact]
    public void A_row_with_an_operation_of_io_uring_has_a_translation_and_no_other_call_has_one()
    {
        foreach (SyscallRow row in SyscallTable.Rows)
        {
            SubmissionQueueEntry target = default;
            long answer = EntryTranslator.Translate(new SyscallEntry { Number = row.Number }, ref target);
            Assert.Equal(row.Opcode is null, answer == -Errno.NoSystemCall);
            Assert.True(row.Opcode is null || (row.Opcode == target.Opcode && row.Since is not null), row.Name);
        }
    }

    [Fact]
    public void Rows_do_not_contradict_themselves()
    {
        foreach (SyscallRow row in SyscallTable.Rows)
        {
            Assert.True(row.Refused == Refusal.None || (row.Opcode is null && row.Direction == CallDirection.None && !row.Repeats), row.Name);
            Assert.True(row.Direction != CallDirection.None || !(row.NeedsNonBlocking || row.MayBeFile), row.Name);
            Assert.True(row.Ends == DescriptorEnd.None || !row.Repeats, row.Name);
        }
    }

    [GeneratedRegex(@"#define __NR_(\w+) (\d+)")]
    private static partial Regex NumberDefinition();

    [GeneratedRegex(@"flexsc_refused_calls\[\] = \{(.*?)\};", RegexOptions.Singleline)]
    private static partial Regex RefusedList();

    [GeneratedRegex(@"#define (FLEXSC_NR_\w+)\s+(\d+)u")]
    private static partial Regex NumberOfModule();

    [GeneratedRegex(@"(?:__NR_|FLEXSC_NR_)(\w+)")]
    private static partial Regex RefusedName();
}
