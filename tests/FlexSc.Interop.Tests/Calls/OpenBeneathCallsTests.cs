using System.Runtime.Versioning;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

[SupportedOSPlatform("linux")]
public sealed class OpenBeneathCallsTests : IDisposable
{
    private const int ErrnoNoEntry = 2;
    private const int ErrnoCrossDevice = 18;
    private const int ErrnoLoop = 40;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task What_lies_below_is_opened_made_and_named_by_links_that_stay_below()
    {
        Directory.CreateDirectory(_folder["root/sub"]);
        await File.WriteAllTextAsync(_folder["root/sub/file"], "inside");
        File.CreateSymbolicLink(_folder["root/link"], "sub/../sub/file");
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            int root = await owner.OpenAsync(_folder["root"], OpenFlags.PathOnly | OpenFlags.Directory);
            int file = await owner.OpenBeneathAsync(root, "link", OpenFlags.ReadOnly);
            byte[] buffer = new byte[16];
            Assert.Equal(6, await owner.ReadAsync(file, buffer, 0));
            int made = await owner.OpenBeneathAsync(root, "sub/made", OpenFlags.WriteOnly | OpenFlags.Create, UnixFileMode.UserRead);
            int self = await owner.OpenBeneathAsync(root, ".", OpenFlags.ReadOnly);
            Assert.Equal(FileKind.Directory, (await owner.StatAsync(self)).Kind);
            foreach (int descriptor in new[] { file, made, self, root })
            {
                await owner.CloseAsync(descriptor);
            }
        });
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(_folder["root/sub/made"]));
    }

    [SkippableTheory]
    [InlineData("../secret", ErrnoCrossDevice)]
    [InlineData("sub/../../secret", ErrnoCrossDevice)]
    [InlineData("/etc/hostname", ErrnoCrossDevice)]
    [InlineData("out", ErrnoCrossDevice)]
    [InlineData("absolute", ErrnoCrossDevice)]
    [InlineData("magic", ErrnoCrossDevice)]
    [InlineData("circle", ErrnoLoop)]
    [InlineData("none", ErrnoNoEntry)]
    public async Task What_leads_out_is_refused(string name, int errorNumber)
    {
        Directory.CreateDirectory(_folder["root/sub"]);
        await File.WriteAllTextAsync(_folder["secret"], "secret");
        File.CreateSymbolicLink(_folder["root/out"], "../secret");
        File.CreateSymbolicLink(_folder["root/absolute"], _folder["root/sub"]);
        File.CreateSymbolicLink(_folder["root/magic"], "/proc/self/root");
        File.CreateSymbolicLink(_folder["root/circle"], "circle");
        using SyscallLoop loop = LoopFixture.Start();
        int root = await loop.AwaitAsync(owner => owner.OpenAsync(_folder["root"], OpenFlags.PathOnly).AsTask());

        await loop.FailsAsync(errorNumber, "openat2", name, owner => owner.OpenBeneathAsync(root, name, OpenFlags.ReadOnly).AsTask());
        int result = await loop.AwaitAsync(owner => owner.TryOpenBeneathAsync(root, name, OpenFlags.ReadOnly).AsTask());
        Assert.Equal(-errorNumber, result);
        await loop.AwaitAsync(owner => owner.CloseAsync(root).AsTask());
    }
}
