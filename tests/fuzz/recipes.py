"""What a call needs to get through beyond what its model says; ``#`` stands for a number of its own."""

Form = list[tuple[str, str]]

_LAUNCH = "ImageId=ami-? InstanceType=t3.micro MinCount=1 MaxCount=1"
_RULE = "IpPermissions.1.IpProtocol=tcp IpPermissions.1.FromPort=# IpPermissions.1.ToPort=#"
_RULES = f"GroupId=sg-? {_RULE} IpPermissions.1.IpRanges.1.CidrIp=10.#.0.0/16"
_DESCRIPTION = (
    "GroupId=sg-? SecurityGroupRuleDescription.1.SecurityGroupRuleId=sgr-? SecurityGroupRuleDescription.1.Description=x"
)
_KEY = "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUdxWFIxMGpyUWJmTE5tTVA3aVg2aHhYbGhzZkNhY1NtOFNRSWNTWDlpeTY="

_WORDS = {
    "RunInstances": _LAUNCH,
    "CreateVpc": "CidrBlock=10.#.0.0/16",
    "CreateSubnet": "VpcId=vpc-? CidrBlock=10.#.1.0/24",
    "CreateSecurityGroup": "GroupName=group-# GroupDescription=x",
    "AuthorizeSecurityGroupIngress": _RULES,
    "AuthorizeSecurityGroupEgress": _RULES,
    "RevokeSecurityGroupIngress": _RULES,
    "RevokeSecurityGroupEgress": _RULES,
    "UpdateSecurityGroupRuleDescriptionsIngress": _DESCRIPTION,
    "UpdateSecurityGroupRuleDescriptionsEgress": _DESCRIPTION,
    "ModifySecurityGroupRules": "GroupId=sg-? SecurityGroupRule.1.SecurityGroupRuleId=sgr-? "
    "SecurityGroupRule.1.SecurityGroupRule.IpProtocol=tcp SecurityGroupRule.1.SecurityGroupRule.FromPort=1 "
    "SecurityGroupRule.1.SecurityGroupRule.ToPort=# SecurityGroupRule.1.SecurityGroupRule.CidrIpv4=10.0.0.0/8",
    "CreateTags": "ResourceId.1=i-? Tag.1.Key=a Tag.1.Value=#",
    "CreateKeyPair": "KeyName=key-#",
    "ImportKeyPair": f"KeyName=key-# PublicKeyMaterial={_KEY}",
    "DeleteKeyPair": "KeyName=key-#",
    "DeleteSecurityGroup": "GroupId=sg-?",
    "ModifyInstanceAttribute": "InstanceId=i-? InstanceInitiatedShutdownBehavior.Value=stop",
    "ModifyInstanceMetadataOptions": "InstanceId=i-? HttpTokens=optional",
    "ModifyInstanceMaintenanceOptions": "InstanceId=i-? AutoRecovery=disabled",
    "ModifyPrivateDnsNameOptions": "InstanceId=i-? PrivateDnsHostnameType=ip-name",
    "ModifyInstanceCreditSpecification": "InstanceCreditSpecification.1.InstanceId=i-? "
    "InstanceCreditSpecification.1.CpuCredits=standard",
    "ModifyVpcAttribute": "VpcId=vpc-? EnableDnsHostnames.Value=true",
    "ModifySubnetAttribute": "SubnetId=subnet-? MapPublicIpOnLaunch.Value=true",
    "DescribeVpcAttribute": "VpcId=vpc-? Attribute=enableDnsSupport",
    "DescribeInstanceAttribute": "InstanceId=i-? Attribute=userData",
    "ResetInstanceAttribute": "InstanceId=i-? Attribute=sourceDestCheck",
    "AssumeRole": "RoleArn=arn:aws:iam::111122223333:role/reader RoleSessionName=me",
    "GetFederationToken": "Name=me",
    "DescribeImageAttribute": "ImageId=ami-? Attribute=description",
}

RECIPES: dict[str, Form] = {
    action: [(name, value) for name, _, value in (word.partition("=") for word in words.split())]
    for action, words in _WORDS.items()
}
