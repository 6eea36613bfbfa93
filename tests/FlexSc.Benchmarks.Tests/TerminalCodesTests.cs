using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class TerminalCodesTests
{
    [Theory]
    [InlineData("Garnet 1.2, 64 bit", "Garnet 1.2, 64 bit")]
    [InlineData("\u001b[32mGarnet\u001b[0m 1.2", "Garnet 1.2")]
    [InlineData("\u001b[38;5;12mGarnet\u001b[?25h", "Garnet")]
    [InlineData("[32m is text", "[32m is text")]
    public void What_a_terminal_would_show_is_left(string printed, string shown) => Assert.Equal(shown, TerminalCodes.Remove(printed));
}
