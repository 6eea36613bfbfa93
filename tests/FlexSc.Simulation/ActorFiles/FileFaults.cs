using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Linux;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>What a profile may refuse, and what may go wrong beside.</summary>
internal static class FileFaults
{
    /// <summary>The kernel's refusal comes of the profile, or of a file system that is full.</summary>
    public static bool IsOfProfile(World world, FlexFile.CommandFailed failed)
    {
        SimulationProfile profile = world.Kernel.Profile;
        return failed.ErrorNumber switch
        {
            RareErrno.NoSpace => profile.NoSpacePerMillion > 0 || world.Kernel.Files.WasFull,
            RareErrno.IoError => profile.DeviceErrorPerMillion > 0,
            Errno.TooManyFiles => profile.TooManyFilesPerMillion > 0,
            Errno.NoMemory => profile.NoMemoryPerMillion > 0,
            _ => false,
        };
    }
}
