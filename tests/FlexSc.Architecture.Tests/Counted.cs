#pragma warning disable CA1812, CA1822, CS0649, CS0169, CA1823, CA1852, CS0414, CS9113, IDE0044, IDE0051, IDE0052 // Read as metadata, never run.
namespace FlexSc.Architecture.Tests;

internal static class Counted
{
    internal sealed class AsManyAsMayBe(int parameter)
    {
        public const int Constant = 1;
        public static int Static;
        public readonly int ReadOnly = 1;
        public int F01, F02, F03, F04, F05, F06, F07, F08, F09, F10, F11, F12, F13, F14, F15;

        public int Initialized { get; init; }

        public int Computed => parameter;

        // The compiler makes a class of it, with a field for each variable.
        public static IEnumerable<int> Iterator(int a, int b, int c, int d, int e, int f, int g)
        {
            for (int h = a + b, i = c + d, j = e + f, k = g; h < i && j < k; h++)
            {
                yield return h + a + b + c + d + e + f + g;
            }
        }
    }

    internal sealed class TooMany(int parameter, int unchanged)
    {
        public int F04, F05, F06, F07, F08, F09, F10, F11, F12, F13, F14, F15;
        private int _field;

        public int Property { get; set; }

        public int Private { get; private set; }

        public int Unchanged => unchanged + _field;

        public int Next() => parameter++;
    }

    internal struct StructWithReference
    {
        public int F01, F02, F03, F04, F05, F06, F07, F08, F09, F10, F11, F12, F13, F14, F15;
        public object? F16;
    }

    internal struct Layout
    {
        public int F01, F02, F03, F04, F05, F06, F07, F08, F09, F10, F11, F12, F13, F14, F15;
        public ConsoleColor F16;
        public nint F17;
        public Inner F18;
    }

    internal struct Inner
    {
        public ulong Value;
    }
}
#pragma warning restore CA1812, CA1822, CS0649, CS0169, CA1823, CA1852, CS0414, CS9113, IDE0044, IDE0051, IDE0052
