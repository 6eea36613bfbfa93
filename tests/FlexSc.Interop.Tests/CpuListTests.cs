using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Interop.Tests;

public sealed class CpuListTests
{
    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("0,2-4\n", new[] { 0, 2, 3, 4 })]
    [InlineData(" 5, 3 ", new[] { 5, 3 })]
    [InlineData("1023", new[] { 1023 })]
    [InlineData("", new int[0])]
    public void Lists_of_the_kernel_and_of_people_are_read(string text, int[] cores)
    {
        Assert.True(CpuList.TryParse(text, out IReadOnlyList<int> cpus, out string? mistake), mistake);
        Assert.Equal(cores, cpus);
    }

    [Theory]
    [InlineData("0,2-4", new[] { 4, 0, 3, 2 })]
    [InlineData("0-1", new[] { 1, 0, 1 })]
    [InlineData("", new int[0])]
    public void Lists_are_written_as_the_kernel_does(string text, int[] cores) => Assert.Equal(text, CpuList.Format(cores));

    [Theory]
    [InlineData("3-1", "'3-1'")]
    [InlineData("1-2-3", "'1-2-3'")]
    [InlineData("-1", "'-1'")]
    [InlineData("x", "'x'")]
    [InlineData("1024", "'1024'")]
    [InlineData("0-1024", "'0-1024'")]
    [InlineData("0,1-2,2", "names a core twice")]
    public void What_is_no_list_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(CpuList.TryParse(text, out _, out string? mistake));
        Assert.Contains(reason, mistake, StringComparison.Ordinal);
    }
}
