using FlexSc.Interop.Capabilities;
using Xunit;

namespace FlexSc.Interop.Tests.Capabilities;

public sealed class HostFindingsTests
{
    [Fact]
    public void A_remedy_is_there_when_and_only_when_something_is_missing()
    {
        HostCapabilities[] hosts =
        [
            MadeUpHosts.Complete, MadeUpHosts.OldKernel, MadeUpHosts.LittleLockedMemory, MadeUpHosts.Unreadable,
            MadeUpHosts.Container(MadeUpHosts.ErrnoNotPermitted), MadeUpHosts.Disabled(1), MadeUpHosts.Disabled(2), HostCapabilities.Read(),
            .. Enumerable.Range(1, 133).Select(errorNumber => MadeUpHosts.Refusing(errorNumber, errorNumber)),
            MadeUpHosts.WithModule,
            .. Enumerable.Range(1, 133).Select(errorNumber => MadeUpHosts.Complete with { KernelModule = new KernelModuleCapabilities { OpenError = errorNumber } }),
        ];
        foreach (HostFinding finding in hosts.SelectMany(HostFindings.Of))
        {
            Assert.Equal(finding.State == FindingState.Missing, !string.IsNullOrEmpty(finding.Remedy));
            Assert.NotEqual("", finding.Detail);
        }
    }

    [Fact]
    public void A_complete_host_misses_only_the_kernel_module() =>
        Assert.Equal(["/dev/flexsc"], NamesOf(MadeUpHosts.Complete, FindingState.Missing));

    [Fact]
    public void Locked_memory_does_not_count_with_the_capability()
    {
        Assert.Contains("locked memory for the rings", NamesOf(MadeUpHosts.LittleLockedMemory, FindingState.Missing));
        Assert.DoesNotContain("locked memory for the rings", NamesOf(MadeUpHosts.LittleLockedMemory with { HasIpcLock = true }, FindingState.Missing));
        HostCapabilities unlimited = MadeUpHosts.Complete with { LockedMemoryBytes = new ResourceLimit(ResourceLimit.Unlimited, ResourceLimit.Unlimited) };
        Assert.Contains(HostFindings.Of(unlimited), finding => finding.Detail.Contains("RLIMIT_MEMLOCK is unlimited", StringComparison.Ordinal));
    }

    [Fact]
    public void What_an_old_kernel_can_do_without_the_flags_is_told() =>
        Assert.Contains(HostFindings.Of(MadeUpHosts.OldKernel), finding => finding.Detail.Contains("without these flags can be set up", StringComparison.Ordinal));

    [Fact]
    public void What_could_not_be_read_is_unknown_and_not_missing() =>
        Assert.Empty(NamesOf(MadeUpHosts.Unreadable, FindingState.Missing));

    private static string[] NamesOf(HostCapabilities host, FindingState state) =>
        HostFindings.Of(host).Where(finding => finding.State == state).Select(finding => finding.Name).ToArray();
}
