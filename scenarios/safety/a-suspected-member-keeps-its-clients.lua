-- A node that is merely suspected owns its heartbeat clients as before; they change hands when it is held
-- for DOWN, not sooner.
-- The first report that finds no connection makes it SUSPICIOUS, the fourth DOWN (12 s at most, and the
-- round trips of the reports). The mapper counts everybody who is not DOWN, so that one lost report moves
-- no client: with every move most clients get another owner.
return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "node.crash", "member.suspicious", "member.down", "owner.changed" },

  story = function(w)
    local a, b, c = w:nodes()
    local function counts_for(n)
      return table.concat(n:state().healthy, " ") == (n:state().members.n3 == "DOWN" and "n1 n2" or "n1 n2 n3")
    end
    always(function() return counts_for(a) and counts_for(b) end, "the healthy list is not of those who are not DOWN")
    wait(between(s(6), s(12)))

    step "c crashes"
    w:crash(c)
    eventually(s(12) + ms(100), function()
      return a:state().members.n3 == "DOWN" and b:state().members.n3 == "DOWN"
    end, "a and b hold c for DOWN")
    wait(s(10))
  end,
}
