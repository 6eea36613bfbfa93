using System.Diagnostics;
using FlexSc.Interop.Backends.KernelModule;
using FlexSc.Interop.Page;
using Tmds.Linux;

namespace FlexSc.Interop.Capabilities;

/// <summary>Finds out whether the kernel module serves this process by trying it.</summary>
internal static unsafe class KernelModuleTrial
{
    /// <summary>Opens the device, makes the smallest page set and sends the calling thread through it.</summary>
    public static KernelModuleCapabilities Run()
    {
        long device = ModuleDevice.Open();
        if (device < 0)
        {
            return new KernelModuleCapabilities { OpenError = (int)-device };
        }

        try
        {
            return TryPageSet((int)device);
        }
        finally
        {
            int closed = LibC.close((int)device);
            Debug.Assert(closed == 0, "close of the device failed");
        }
    }

    private static KernelModuleCapabilities TryPageSet(int device)
    {
        ModuleSetup setup = new() { Version = FlexScAbi.Version, PageCount = 1 };
        int setupError = ErrorOf(ModuleDevice.Request(device, ModuleUapi.Setup, &setup));
        KernelModuleCapabilities found = new() { OpenError = 0, SetupError = setupError };
        if (setupError != 0)
        {
            return found;
        }

        // A page set that was stopped sends a thread back at once, if it lets it in.
        int runError = ErrorOf(ModuleDevice.Request(device, ModuleUapi.Stop, null));
        if (runError == 0)
        {
            ModuleRun run = new() { Cpu = -1 };
            runError = ErrorOf(ModuleDevice.Request(device, ModuleUapi.Run, &run));
        }

        return found with { RunError = runError };
    }

    private static int ErrorOf(long answer) => answer < 0 ? (int)-answer : 0;
}
