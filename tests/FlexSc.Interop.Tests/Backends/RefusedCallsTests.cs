using System.Text.RegularExpressions;
using FlexSc.Interop.Backends;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

/// <summary>The list of refused calls is written twice: in the kernel module and here.</summary>
public sealed partial class RefusedCallsTests
{
    /// <summary>
    /// Refused by the module alone: what they change is the thread that executes them here, too, but nobody has decided about them
    /// for the library's own executors. A call that is neither here nor on both lists fails the test.
    /// </summary>
    private static readonly string[] OnlyInTheModule =
    [
        "__NR_add_key", "__NR_request_key", "__NR_keyctl", "__NR_pkey_alloc", "__NR_reboot", "__NR_perf_event_open",
        "FLEXSC_NR_URETPROBE", "FLEXSC_NR_LSM_SET_SELF",
    ];

    [SkippableFact]
    public void List_is_the_modules_but_for_the_calls_named_here()
    {
        string source = File.ReadAllText(Path.Combine(CompilerProbe.RepositoryFolder("kernel"), "module", "refused.c"));
        Match list = ListPattern().Match(source);
        Assert.True(list.Success, "flexsc_refused_calls is not in module/refused.c");
        string[] names = [.. NamePattern().Matches(CommentPattern().Replace(list.Value, "")).Select(match => match.Value)];
        Dictionary<string, string> defined = DefinitionPattern().Matches(source)
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);

        // Numbers that the module defines are not in the headers of every machine.
        string Expression(string name) => defined.GetValueOrDefault(name, name);
        IReadOnlyDictionary<string, long> numbers = CompilerProbe.Evaluate(["<asm/unistd.h>"], names.Concat(OnlyInTheModule).Select(Expression));
        ILookup<bool, string> refusedHere = names.ToLookup(name => RefusedCalls.Contains((ushort)numbers[Expression(name)]));
        HashSet<long> ofTheModule = [.. names.Select(name => numbers[Expression(name)])];

        Assert.Empty(refusedHere[false].Except(OnlyInTheModule));
        Assert.DoesNotContain(OnlyInTheModule, name => RefusedCalls.Contains((ushort)numbers[Expression(name)]));
        Assert.DoesNotContain(Enumerable.Range(0, ushort.MaxValue),
            number => RefusedCalls.Contains((ushort)number) && !ofTheModule.Contains(number));
    }

    [GeneratedRegex(@"flexsc_refused_calls\[\] = \{.*?\};", RegexOptions.Singleline)]
    private static partial Regex ListPattern();

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex CommentPattern();

    [GeneratedRegex(@"\b(__NR|FLEXSC_NR)_\w+")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^#define\s+(FLEXSC_NR_\w+)\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex DefinitionPattern();
}
