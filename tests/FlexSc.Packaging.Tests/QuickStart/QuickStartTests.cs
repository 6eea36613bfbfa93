using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.QuickStart;

/// <summary>The same program with and without the lines that put it on FlexSC.</summary>
public sealed class QuickStartTests
{
    [Theory]
    [InlineData("--io akka-io", "/system/IO-TCP/", "TERM")]
    [InlineData("--io flexsc", "/system/IO-FLEXSC-TCP/", "TERM")]
    [InlineData("--io flexsc --actors-on-loops", "/system/IO-FLEXSC-TCP/", "INT")]
    [InlineData("--io akka-io --actors-on-loops", "/system/IO-TCP/", "INT")]
    public void It_tells_who_serves_echoes_and_ends_on_a_signal(string options, string expectedPath, string signal)
    {
        using ServerProcess program = ExampleProgram.QuickStart.Start(["--port", "0", .. options.Split(' ')]);
        Assert.StartsWith($"sockets are served by {expectedPath}", program.Description, StringComparison.Ordinal);
        Assert.EndsWith("the client was answered: hello", program.Description, StringComparison.Ordinal);
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)ExampleProgram.Deadline.TotalMilliseconds };
        socket.Connect(program.EndPoint);
        Assert.Equal("and back", Echo(socket, "and back"u8));
        Assert.Equal(0, ExampleProgram.End(program, signal).ExitCode);
    }

    [Fact]
    public void A_port_in_use_ends_with_1_and_a_wrong_one_is_refused()
    {
        using Socket holder = new(SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        string port = ((IPEndPoint)holder.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);

        ProgramResult inUse = ExampleProgram.QuickStart.Run("--port", port);
        Assert.Equal(1, inUse.ExitCode);
        Assert.Contains($"error: cannot listen on 127.0.0.1:{port}", inUse.Error, StringComparison.Ordinal);

        ProgramResult wrong = ExampleProgram.QuickStart.Run("--port", "65536");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("--port must be a number from 0 to 65535", wrong.Error, StringComparison.Ordinal);
    }

    private static string Echo(Socket socket, ReadOnlySpan<byte> text)
    {
        socket.Send(text);
        byte[] echoed = new byte[text.Length];
        for (int count = 0; count < echoed.Length;)
        {
            int more = socket.Receive(echoed.AsSpan(count));
            Assert.True(more > 0, "the connection ended before the echo");
            count += more;
        }

        return System.Text.Encoding.ASCII.GetString(echoed);
    }
}
