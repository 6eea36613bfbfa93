using System.Reflection;
using Xunit;

namespace FlexSc.Architecture.Tests;

public sealed class MutableFieldsTests
{
    /// <summary>A type of each assembly that is looked at.</summary>
    public static TheoryData<string> Assemblies => [.. FlexSc.Architecture.Tests.Assemblies.All];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void No_type_has_too_many(string assemblyFile)
    {
        IReadOnlyList<string> faults = MutableFields.Faults(assemblyFile);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void All_kinds_of_fields_that_may_change_are_counted() =>
        Assert.Equal(
            [
                "FlexSc.Architecture.Tests.Counted/StructWithReference has 16: F01, F02, F03, F04, F05, F06, F07, F08, F09, F10, F11, F12, F13, F14, F15, F16",
                "FlexSc.Architecture.Tests.Counted/TooMany has 16: F04, F05, F06, F07, F08, F09, F10, F11, F12, F13, F14, F15, Private, Property, _field, parameter",
            ],
            MutableFields.Faults(Assembly.GetExecutingAssembly().Location));
}
