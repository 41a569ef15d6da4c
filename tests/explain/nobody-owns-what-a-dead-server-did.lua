-- why: n3  crashes
-- why: n1  suspects n3 from here on, which leaves its clients with it
-- The one_owner check is told to be impatient: until the others hold n3 for DOWN they leave its clients with it.
return scenario {
  topology = { nodes = 3, clients = "nacos-client-1" },
  always = { checks.one_owner { grace = s(3) } },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    w:fleet { name = "shops", clients = 12, services = 3 }
    wait(s(10))
    w:crash(n3)
    wait(s(20))
  end,
}
