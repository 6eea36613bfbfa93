using Akka.Configuration;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The list <c>flexsc.tcp.compat</c>.</summary>
public sealed class TcpCompatSpec
{
    [Theory]
    [InlineData("", TcpCompat.WriteAfterFailure | TcpCompat.AcceptUnasked)]
    [InlineData("compat = []", TcpCompat.None)]
    [InlineData("compat = [outlive-handler]", TcpCompat.OutliveHandler)]
    [InlineData("compat = [outlive-handler, queue-full-text]", TcpCompat.OutliveHandler | TcpCompat.QueueFullText)]
    internal void Names_say_what_is_kept(string text, TcpCompat kept) => Assert.Equal(kept, Read(text));

    [Fact]
    public void All_is_every_name()
    {
        Assert.Equal(Read($"compat = [{string.Join(", ", TcpCompatNames.Names)}]"), Read("compat = [all]"));
        Assert.Equal(TcpCompatNames.Names.Count, Enum.GetValues<TcpCompat>().Length - 1);
    }

    [Fact]
    public void A_name_that_is_none_is_told_with_those_that_are()
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => Read("compat = [outlive]"));
        Assert.Contains("flexsc.tcp.compat", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'outlive' is none of them", exception.Message, StringComparison.Ordinal);
        Assert.All(TcpCompatNames.Names, name => Assert.Contains(name, exception.Message, StringComparison.Ordinal));
    }

    private static TcpCompat Read(string text)
    {
        const string section = "flexsc.tcp";
        return TcpCompatNames.Read(FlexScConfig.Section(ConfigurationFactory.ParseString($"{section} {{ {text} }}"), section), section, "compat");
    }
}
