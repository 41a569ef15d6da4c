-- Ten seconds after a server's crash its clients are listed by the other servers, and its dead clients are not.
-- (The second half is not so; lesson 4 says why. This story is red, to be read.)
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1), loss = percent(1) } },
  must_see = { "node.crash" },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    local fleet = w:fleet { name = "shops", clients = 20, services = 4, over = s(2) }
    wait(s(5))
    local doomed = w:client { name = "doomed", server = n1 }
    wait(s(3))
    doomed:register { service = "mall" }
    wait(s(5))
    fleet:churn { register = per_second(1), for_ = s(20) }
    wait(between(s(1), s(5)))

    step "n1 crashes, and doomed dies with it"
    w:crash(n1)
    doomed:kill()
    eventually(s(10), function() return w:none_knows(doomed) end, "doomed listed nowhere")
  end,
}
