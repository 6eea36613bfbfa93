using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FlexSc.Examples.Tests.Http;
using FlexSc.Examples.Tests.Kv;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Chat;

/// <summary>The chat as a program, with clients that know nothing but lines.</summary>
public sealed class ChatProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-chat-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("flexsc")]
    [InlineData("akka-io")]
    public void Those_in_a_room_hear_each_other_and_who_comes_later_hears_what_was_said(string io)
    {
        using ServerProcess server = ExampleProgram.Chat.Start("--port", "0", "--io", io, "--history-lines", "2");
        using KvClient ann = Join(server, "ann", "tea", "ann");
        using KvClient bob = Join(server, "bob", "tea", "ann, bob");
        Assert.Equal("* bob comes in", ann.ReadLine());
        ann.Send("one\r\ntwo\nthree\n");
        foreach (KvClient member in (KvClient[])[ann, bob])
        {
            Assert.Equal(["<ann> one", "<ann> two", "<ann> three"], ReadLines(member, 3));
        }

        using KvClient eve = Join(server, "eve", "TEA", "ann, bob, eve");
        Assert.Equal(["<ann> two", "<ann> three"], ReadLines(eve, 2));
        eve.Send("/rooms\n/who\n/nick eva\n/leave\n/leave\n/rooms\n");
        Assert.Equal(
            ["* rooms: tea", "* in tea: ann, bob, eve", "* eve is eva now", "* you left tea", "! you are in no room", "* rooms: tea"],
            ReadLines(eve, 6));
        Assert.Equal(["* eve comes in", "* eve is eva now", "* eva leaves"], ReadLines(bob, 3));

        bob.Send("/join coffee\n/who\n");
        Assert.Equal(["* in coffee: bob", "* in coffee: bob"], ReadLines(bob, 2));
        Assert.Equal(["* eve comes in", "* eve is eva now", "* eva leaves", "* bob leaves"], ReadLines(ann, 4));
        bob.Send("/quit\nnot heard\n");
        Assert.Equal("* good-bye", bob.ReadLine());
        Assert.True(bob.IsAtEnd());
        ann.Send("/rooms\n");
        Assert.Equal("* rooms: tea", ann.ReadLine());
    }

    [Theory]
    [InlineData("flexsc")]
    [InlineData("akka-io")]
    public void What_is_wrong_is_refused_and_the_next_line_is_taken(string io)
    {
        using ServerProcess server = ExampleProgram.Chat.Start("--port", "0", "--io", io, "--max-line-bytes", "64", "--max-rooms", "1");
        using KvClient ann = Join(server, "ann", "tea", "ann");
        using KvClient bob = Enter(server);
        Assert.Equal("* you are bob", bob.Ask("/nick bob\n"));
        (byte[] Line, string Answer)[] wrong =
        [
            (Line(new string('x', 65)), "! a line has at most 64 bytes"),
            (Line(new string('x', 500_000)), "! a line has at most 64 bytes"),
            ([0xC3, 0x28, (byte)'\n'], "! a line is UTF-8"),
            (Line("\u001b[2J"), "! control characters are not passed on"),
            (Line("/nick ANN"), "! ANN is taken"),
            (Line("/nick a.b"), "! a name has 1 to 32 letters, digits, - and _"),
            (Line($"/nick {new string('n', 33)}"), "! a name has 1 to 32 letters, digits, - and _"),
            (Line("/join ../x"), "! a room's name has 1 to 32 letters, digits, - and _"),
            (Line("/join second"), "! there are 1 rooms already"),
            (Line("/shout"), "! no such command: /shout; there are /join ROOM, /nick NAME, /who, /rooms, /leave, /quit"),
            (Line("/"), "! no such command: /; there are /join ROOM, /nick NAME, /who, /rooms, /leave, /quit"),
            (Line("anybody?"), "! you are in no room: /join one"),
        ];
        foreach ((byte[] line, string answer) in wrong)
        {
            bob.Send(line);
            Assert.Equal(answer, bob.ReadLine());
        }

        Assert.Equal("* in tea: ann, bob", bob.Ask("/join tea\n"));
        Assert.Equal($"<bob> {new string('y', 64)}", bob.Ask($"{new string('y', 64)}\r\n"));

        // Nothing of what was refused has come through.
        Assert.Equal(["* bob comes in", $"<bob> {new string('y', 64)}"], ReadLines(ann, 2));

        // Alone in it, a member may change to another room though there may be but one.
        Assert.Equal("* you left tea", ann.Ask("/leave\n"));
        Assert.Equal("* ann leaves", bob.ReadLine());
        Assert.Equal("* in coffee: bob", bob.Ask("/join coffee\n"));
    }

    [Theory]
    [InlineData("flexsc")]
    [InlineData("akka-io")]
    public void Lines_may_come_in_pieces_and_the_last_one_without_its_end(string io)
    {
        using ServerProcess server = ExampleProgram.Chat.Start("--port", "0", "--io", io);
        using KvClient client = Enter(server);
        client.Socket.NoDelay = true;
        foreach (byte piece in "/join tea\n"u8.ToArray())
        {
            client.Send([piece]);
        }

        Assert.Equal("* in tea: guest-1", client.ReadLine());
        client.Send("last words");
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("<guest-1> last words", client.ReadLine());
        Assert.True(client.HasEndedInOrder());
    }

    [Fact]
    public void One_member_too_many_is_told_so_and_may_come_when_another_has_gone()
    {
        using ServerProcess server = ExampleProgram.Chat.Start("--port", "0", "--max-members", "1");
        using (KvClient first = Enter(server))
        {
            using KvClient second = new(server.EndPoint);
            Assert.Equal("! the chat is full: 1 are here", second.ReadLine());
            Assert.True(second.IsAtEnd());
            Assert.Equal("* good-bye", first.Ask("/quit\n"));
            Assert.True(first.IsAtEnd());
        }

        // The place is free once the server has seen the end, which the peer may see first.
        const int mostAttempts = 10_000;
        int attempts = 0;
        for (string told = ""; !told.StartsWith("* welcome", StringComparison.Ordinal); attempts++)
        {
            using KvClient third = new(server.EndPoint);
            told = third.ReadLine();
            Assert.True(attempts < mostAttempts, told);
        }
    }

    [Theory]
    [InlineData("flexsc")]
    [InlineData("akka-io")]
    public void A_member_who_does_not_read_is_reset_and_holds_nobody_up(string io)
    {
        using ServerProcess server = ExampleProgram.Chat.Start("--port", "0", "--io", io, "--max-queued-lines", "64");
        using KvClient deaf = Join(server, "deaf", "tea", "deaf");
        using KvClient ann = Join(server, "ann", "tea", "deaf, ann");
        string line = new('x', 1000);

        // Far more than the kernel holds for a connection.
        const int most = 100_000;
        int said = 0;
        for (string heard = ""; heard != "* deaf is gone"; heard = ann.ReadLine())
        {
            Assert.True(said++ < most, "a member who does not read is still there");
            if (heard.Length == 0 || heard.StartsWith("<ann>", StringComparison.Ordinal))
            {
                ann.Send($"{line}\n");
            }
        }

        Assert.True(said > 64, $"it was reset after {said} lines");
        while (!deaf.IsAtEnd())
        {
        }

        Assert.Equal("* in tea: ann", ReadUntil(ann, "/who\n", "* in tea"));
    }

    [SkippableFact]
    public async Task Over_TLS_and_a_Unix_socket_it_is_the_same_chat()
    {
        string openssl = PeerPrograms.Require("openssl", "openssl");
        string certificatePath = Path.Combine(_folder.FullName, "certificate.pem");
        string keyPath = Path.Combine(_folder.FullName, "key.pem");
        string socketPath = Path.Combine(_folder.FullName, "chat.sock");
        using X509Certificate2 certificate = TestCertificate.Write(certificatePath, keyPath);
        using ServerProcess server = ExampleProgram.Chat.Start(
            "--listen", "127.0.0.1:0", "--unix-socket", socketPath, "--tls-certificate", certificatePath, "--tls-key", keyPath);
        Assert.Equal($"unix:{socketPath}", server.Addresses[1]);
        using KvClient near = new(new UnixDomainSocketEndPoint(socketPath));
        Assert.StartsWith("* welcome, guest-1:", near.ReadLine(), StringComparison.Ordinal);
        Assert.Equal("* in tea: guest-1", near.Ask("/join tea\n"));

        // -quiet: it neither tells of the handshake nor takes lines of its input for commands, and ends when the server does.
        (int exitCode, string output) = PeerPrograms.Run(
            "/bin/sh", "-c",
            $"printf '/join tea\\nhello\\n/quit\\n' | {openssl} s_client -quiet -verify_return_error -CAfile {certificatePath}"
            + $" -connect {server.EndPoint} 2>/dev/null");
        Assert.Equal(0, exitCode);
        Assert.EndsWith("* in tea: guest-1, guest-2\n<guest-2> hello\n* good-bye\n", output, StringComparison.Ordinal);
        Assert.Equal(["* guest-2 comes in", "<guest-2> hello", "* guest-2 is gone"], ReadLines(near, 3));

        // A client that does not speak TLS is not let in, and does no harm.
        using (KvClient plain = new(server.EndPoint))
        {
            plain.Send("/join tea\n");
            Assert.True(plain.IsAtEnd());
        }

        using TcpClient connection = new();
        await connection.ConnectAsync(server.EndPoint);
        await using SslStream far = new(
            connection.GetStream(), false, (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString());
        await far.AuthenticateAsClientAsync("localhost").WaitAsync(ExampleProgram.Deadline);
        await far.WriteAsync("/who\n/quit\n"u8.ToArray());
        using StreamReader reader = new(far);
        string told = await reader.ReadToEndAsync().WaitAsync(ExampleProgram.Deadline);
        Assert.EndsWith("! you are in no room\n* good-bye\n", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flexsc", "TERM")]
    [InlineData("flexsc", "INT")]
    [InlineData("akka-io", "TERM")]
    public void A_signal_says_good_bye_to_everybody(string io, string signal)
    {
        using ServerProcess server = ExampleProgram.Chat.Start("--port", "0", "--io", io, "--stats-on-stdin");
        using KvClient ann = Join(server, "ann", "tea", "ann");
        using KvClient bob = Enter(server);
        JsonElement stats = ExampleProgram.Stats(server);
        Assert.Equal((2, 2), (stats.GetProperty("connections").GetInt32(), stats.GetProperty("requests").GetInt32()));
        ProgramResult end = ExampleProgram.End(server, signal);
        Assert.True((end.ExitCode, end.Error) == (0, ""), $"{end.ExitCode}: {end.Error}");
        foreach (KvClient member in (KvClient[])[ann, bob])
        {
            Assert.Equal("* the chat ends, good-bye", member.ReadLine());
            Assert.True(member.HasEndedInOrder());
        }
    }

    [Theory]
    [InlineData("--max-line-bytes", "--max-line-bytes", "63")]
    [InlineData("--history-lines must be less than --max-queued-lines", "--history-lines", "100", "--max-queued-lines", "100")]
    [InlineData("--unix-socket has no meaning with --io akka-io", "--unix-socket", "a", "--io", "akka-io")]
    [InlineData("--messages", "--messages", "pooled")]
    public void Bad_options_are_named(string told, params string[] options)
    {
        ProgramResult result = ExampleProgram.Chat.Run(options);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(told, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flexsc")]
    [InlineData("akka-io")]
    public void An_address_in_use_is_named(string io)
    {
        using ServerProcess first = ExampleProgram.Chat.Start("--port", "0");
        ProgramResult result = ExampleProgram.Chat.Run("--listen", $"{first.EndPoint}", "--io", io);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"error: cannot listen on {first.EndPoint}", result.Error, StringComparison.Ordinal);
    }

    private static byte[] Line(string text) => System.Text.Encoding.UTF8.GetBytes($"{text}\n");

    private static string[] ReadLines(KvClient client, int count) => [.. Enumerable.Range(0, count).Select(_ => client.ReadLine())];

    private static string ReadUntil(KvClient client, string question, string start)
    {
        client.Send(question);
        string line = client.ReadLine();
        while (!line.StartsWith(start, StringComparison.Ordinal))
        {
            line = client.ReadLine();
        }

        return line;
    }

    private static KvClient Enter(ServerProcess server)
    {
        KvClient client = new(server.EndPoint);
        Assert.StartsWith("* welcome, guest-", client.ReadLine(), StringComparison.Ordinal);
        return client;
    }

    private static KvClient Join(ServerProcess server, string name, string room, string members)
    {
        KvClient client = Enter(server);
        Assert.Equal($"* you are {name}", client.Ask($"/nick {name}\n"));
        Assert.Equal($"* in {room.ToLowerInvariant()}: {members}", client.Ask($"/join {room}\n"));
        return client;
    }
}
