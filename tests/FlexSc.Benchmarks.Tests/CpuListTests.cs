using FlexSc.Measuring.Machine;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class CpuListTests
{
    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("0,2-4\n", new[] { 0, 2, 3, 4 })]
    [InlineData("", new int[0])]
    public void Lists_of_the_kernel_are_read(string text, int[] cores) => Assert.Equal(cores, CpuList.Parse(text));
}
