-- A server passes the beats of a client on to their owner; that renews nothing here, and when the owner dies the client goes.
-- why: the last that renewed it there
-- why: since were passed on to n2, which renews nothing here
-- why: no beat of h for
return scenario {
  topology = { nodes = 2, lan = { rtt = ms(1) } },
  always = { checks.no_lost_instances { grace = s(2), gap = s(0) } },
  story = function(w)
    local n1, n2 = w:nodes()
    local port
    for p = 8080, 8200 do if n2:owns("10.200.0.1:" .. p) then port = p break end end
    local h = w:client { name = "h", kind = "nacos-client-1", server = n1, ip = "10.200.0.1", port = port }
    expect(h:register { service = "shop" }, "refused")
    w:intercept { from = n2, to = n1, op = "VERIFY", nth = "all", action = "drop" }
    wait_until(s(60))
    w:crash(n2)
    wait_until(s(61))
    w:intercept { from = h, to = n1, op = "BEAT", nth = "all", action = "drop" }  -- none before n1 owns h and judges it
    wait_until(s(90))
  end,
}
