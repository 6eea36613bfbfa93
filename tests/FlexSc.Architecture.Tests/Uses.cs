#pragma warning disable CA1812, CA1822, CS0649, CA1852 // Read as metadata, never run.
namespace FlexSc.Architecture.Tests.Lower
{
    internal interface IThing;

    internal class Thing : Exception
    {
        public static int Count => 1;
    }
}

namespace FlexSc.Architecture.Tests.Upper
{
    using FlexSc.Architecture.Tests.Lower;

    internal sealed class ByBase : Thing;

    internal sealed class ByInterface : IThing;

    internal sealed class ByField
    {
        public Thing[]? Things;
    }

    internal sealed class ByArgument
    {
        public List<Dictionary<int, Thing>>? Things;
    }

    internal sealed class ByParameter
    {
        public void Take(ref Thing thing) => _ = thing;
    }

    internal sealed class ByBody
    {
        public int Count() => Thing.Count;
    }

    internal sealed class ByLambda
    {
        public Func<int> Count() => static () => Thing.Count;
    }

    internal sealed class ByCatch
    {
        public void Run(Action work)
        {
            try
            {
                work();
            }
            catch (Thing)
            {
                work();
            }
        }
    }

    internal sealed class ByPointer
    {
        public delegate Thing Maker();
    }
}
#pragma warning restore CA1812, CA1822, CS0649, CA1852
