using System.Globalization;
using Xunit;

namespace FlexSc.Interop.Tests.Native;

public sealed class DenyIoUringTests
{
    private const int ErrnoNotPermitted = 1;
    private const int ErrnoNoSystemCall = 38;
    private const int ExitUsage = 2;
    private const int ExitNotFound = 127;

    /// <summary>Prints what the three calls of io_uring answer to arguments that no kernel takes, and what getpid answers.</summary>
    private const string Caller = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <stdio.h>
        #include <sys/syscall.h>
        #include <unistd.h>

        int main(void)
        {
            static const long numbers[] = { SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_getpid };
            for (int i = 0; i < 4; i++) {
                errno = 0;
                syscall(numbers[i], -1, 0, 0, 0, 0, 0);
                printf("%d\n", errno);
            }
            return 7;
        }
        """;

    [SkippableTheory]
    [InlineData("EPERM", ErrnoNotPermitted)]
    [InlineData("ENOSYS", ErrnoNoSystemCall)]
    public async Task The_three_calls_answer_the_errno_and_others_go_through(string errorName, int errorNumber)
    {
        NativeProgram.RequireCompiler();
        string caller = NativeProgram.Compile("call_io_uring", Caller);
        ProgramResult result = await NativeProgram.RunAsync(DenyIoUring.Wrap(errorName, caller));

        Assert.Equal("", result.Error);
        Assert.Equal(7, result.ExitCode);
        Assert.Equal([errorNumber, errorNumber, errorNumber, 0], ErrorNumbersIn(result));
    }

    [SkippableFact]
    public async Task Without_an_option_the_errno_is_the_one_of_a_container()
    {
        NativeProgram.RequireCompiler();
        string caller = NativeProgram.Compile("call_io_uring", Caller);
        Assert.Equal(ErrnoNotPermitted, ErrorNumbersIn(await NativeProgram.RunAsync(DenyIoUring.Path, caller))[0]);
    }

    [SkippableFact]
    public async Task Wrong_usage_and_a_missing_program_have_exit_codes_of_their_own()
    {
        Assert.Equal(ExitUsage, (await NativeProgram.RunAsync(DenyIoUring.Path)).ExitCode);
        Assert.Equal(ExitUsage, (await NativeProgram.RunAsync(DenyIoUring.Path, "--errno=EIO", "true")).ExitCode);
        Assert.Equal(ExitNotFound, (await NativeProgram.RunAsync(DenyIoUring.Path, "/no/such/program")).ExitCode);
    }

    private static int[] ErrorNumbersIn(ProgramResult result) =>
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToArray();
}
