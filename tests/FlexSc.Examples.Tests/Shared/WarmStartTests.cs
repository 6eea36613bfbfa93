using System.Text.Json;
using Xunit;

namespace FlexSc.Examples.Tests.Shared;

/// <summary>How the servers are compiled while they run: examples/WarmStart.props.</summary>
public sealed class WarmStartTests
{
    [Theory]
    [InlineData("Chat")]
    [InlineData("FileServer")]
    [InlineData("HttpServer")]
    [InlineData("KvServer")]
    public void Code_is_compiled_well_when_it_is_first_called(string name)
    {
        string file = Path.Combine(AppContext.BaseDirectory, $"{name}.runtimeconfig.json");
        using JsonDocument configuration = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement properties = configuration.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");
        Assert.False(properties.GetProperty("System.Runtime.TieredCompilation.QuickJit").GetBoolean());
        Assert.False(properties.GetProperty("System.Runtime.TieredPGO").GetBoolean());
    }
}
