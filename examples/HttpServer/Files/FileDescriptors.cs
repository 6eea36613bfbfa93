using FlexSc.Examples.Shared;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>The descriptors of open files: counted, and taken from what connections and files may have together. From any thread.</summary>
internal sealed class FileDescriptors(Gauge open, DescriptorBudget budget, Episode refusals)
{
    /// <summary>Takes one for a file that is about to be opened; false where none is left.</summary>
    public bool TryTake()
    {
        if (budget.TryTake())
        {
            return true;
        }

        refusals.Happened();
        return false;
    }

    /// <summary>Gives one back that was taken for a file that could not be opened.</summary>
    public void Return() => budget.Return();

    /// <summary>The file it was taken for is open.</summary>
    public void OnOpened() => open.Add(1);

    /// <summary>The file is closed.</summary>
    public void OnClosed()
    {
        budget.Return();
        open.Add(-1);
    }
}
