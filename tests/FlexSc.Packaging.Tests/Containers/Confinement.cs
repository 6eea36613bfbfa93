using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;
using Xunit;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>
/// What a container engine takes from a program, taken by small programs that end by executing it: command lines to put before its own.
/// </summary>
internal static partial class Confinement
{
    private const string NobodysNumber = "65534";

    // All of / is read-only in a mount namespace of its own, whatever lies there; nothing is left of /proc/sys.
    private const string MountScript = "mount -o remount,bind,ro / && mount -t tmpfs -o ro,size=4k none /proc/sys && ";
    private const string RunScript = "exec \"$@\"";

    /// <summary>Where a container has a volume in memory that is nobody's alone.</summary>
    public const string Volume = "/mnt";

    private const string VolumeScript = $"mount -t tmpfs -o size=64k,mode=0700,uid={NobodysNumber},gid={NobodysNumber} none {Volume} && ";

    /// <summary>A filter of calls, and then a user without rights, a read-only root, no /proc/sys, and 64 KiB of locked memory.</summary>
    /// <param name="filter">What installs the filter: that file need not be the user's to read.</param>
    /// <param name="hasVolume">Whether <see cref="Volume"/> can be written to.</param>
    public static string[] OfContainer(IEnumerable<string> filter, bool hasVolume = false)
    {
        string unshare = PeerPrograms.Require("unshare", "util-linux");
        string[] mounts = [unshare, "--mount", "--propagation", "private", "--", "sh", "-c", MountScript + (hasVolume ? VolumeScript : "") + RunScript, "sh"];
        ProgramResult tried = Programs.Run(mounts[0], [.. mounts.Skip(1), "true"], ExampleProgram.Deadline);
        Skip.If(tried.ExitCode != 0, $"no mount namespace with a read-only root here: {tried.Error.Trim()}");
        return [.. mounts, .. filter, .. AsNobody(), PeerPrograms.Require("prlimit", "util-linux"), "--memlock=65536:65536"];
    }

    /// <summary>Goes into the container of a process, and becomes the user without rights: what <c>docker exec</c> does.</summary>
    /// <param name="processId">A process of it.</param>
    public static string[] Inside(int processId) =>
    [
        PeerPrograms.Require("nsenter", "util-linux"), "--mount", "--target", processId.ToString(CultureInfo.InvariantCulture), "--", .. AsNobody(),
    ];

    /// <summary>A user without rights.</summary>
    public static string[] AsNobody()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can become another user");
        return [PeerPrograms.Require("setpriv", "util-linux"), "--reuid", NobodysNumber, "--regid", NobodysNumber, "--clear-groups", "--no-new-privs"];
    }

    /// <summary>The three calls of io_uring answer EPERM, as under the profiles that engines bring along.</summary>
    public static string[] WithoutIoUring()
    {
        RequireCompiler();
        return [NativeBuild.BuildFile(Path.Combine("tests", "FlexSc.Interop.Tests", "Native", "deny_io_uring.c"))];
    }

    /// <summary>Only the calls of the profile in docs/containers may be made.</summary>
    /// <param name="listPath">A file to write their numbers to, for the filter.</param>
    public static string[] ByProfile(string listPath)
    {
        RequireCompiler();
        File.WriteAllLines(listPath, NumbersOfProfile());
        return [NativeBuild.BuildFile(Path.Combine("tests", "FlexSc.Packaging.Tests", "Containers", "allow_calls.c")), listPath];
    }

    /// <summary>A control group with a quota of CPU time, which the program enters.</summary>
    /// <param name="group">The group's folder.</param>
    public static string[] InGroup(CpuGroup group) => ["sh", "-c", $"echo $$ > {group.ProcessesFile} && exec \"$@\"", "sh"];

    private static void RequireCompiler() => PeerPrograms.Require("gcc", "gcc");

    // The profile has names; their numbers, which are the machine's, are known to the compiler.
    private static IEnumerable<string> NumbersOfProfile()
    {
        using JsonDocument profile = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root(), "docs", "containers", "seccomp.json")));
        List<(string Name, string Condition)> calls = [];
        foreach (JsonElement rule in profile.RootElement.GetProperty("syscalls").EnumerateArray())
        {
            Assert.Equal("SCMP_ACT_ALLOW", rule.GetProperty("action").GetString());
            string condition = rule.TryGetProperty("args", out JsonElement conditions) ? ConditionOf(conditions[0]) : "";
            calls.AddRange(rule.GetProperty("names").EnumerateArray().Select(name => (name.GetString()!, condition)));
        }

        string source = Path.GetTempFileName();
        try
        {
            File.WriteAllText(source, "#include <sys/syscall.h>\n" + string.Concat(calls.Select(static call => $"@ SYS_{call.Name}\n")));
            ProgramResult numbers = Programs.Run(PeerPrograms.Require("gcc", "gcc"), ["-E", "-P", "-x", "c", source], ExampleProgram.Deadline);
            Assert.True(numbers.ExitCode == 0, numbers.Error);
            return [.. calls.Zip(Number().Matches(numbers.Output), static (call, number) => (call.Condition, Text: number.Groups[1].Value))
                .Where(static call => int.TryParse(call.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .Select(static call => (call.Text + call.Condition).Trim())];
        }
        finally
        {
            File.Delete(source);
        }
    }

    private static string ConditionOf(JsonElement condition)
    {
        Assert.Equal("SCMP_CMP_MASKED_EQ", condition.GetProperty("op").GetString());
        Assert.Equal(0, condition.GetProperty("valueTwo").GetInt64());
        return $" {condition.GetProperty("index").GetInt32()} {condition.GetProperty("value").GetUInt32()}";
    }

    // A call that this machine does not have keeps its name.
    [GeneratedRegex(@"@ (\S+)")]
    private static partial Regex Number();
}
